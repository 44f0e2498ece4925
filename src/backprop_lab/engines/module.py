"""nn.Module, a loss, a torch optimizer, and an explicit training loop."""

import torch

# Otherwise torch imports this with the first optimizer, which adds two seconds to the fit.
import torch._dynamo

from backprop_lab.training import penalty
from backprop_lab.training.epoch_end import EpochEnd, Watch
from backprop_lab.training.masked import StepMasks
from backprop_lab.training.metrics import EpochStats, loss_of, measure
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.schedule import factor_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import batches, start_from, state_of, to_tensors


def fit(task: Task, start: State, watch: Watch) -> State:
    network, optimizer = start_from(task, start)
    loss_function = loss_of(task)
    has_penalty = penalty.has_value(task.penalty)
    factor = factor_of(task.schedule, task.steps_per_epoch)
    masks = StepMasks(network, task)
    weights = weights_of(network)
    train, val = to_tensors(task.train, task.device), to_tensors(task.val, task.device)
    step = start.step

    for epoch in range(start.epoch + 1, task.epochs + 1):
        stats = EpochStats()
        masks.begin(epoch)
        for x, y in batches(task, epoch, *train):
            step += 1
            if factor is not None:
                optimizer.param_groups[0]["lr"] = task.optimizer.knobs["lr"] * factor(step)
            masks.put_next()
            outputs = network(x)
            loss = loss_function(outputs, y)
            objective = loss + penalty.total(task.penalty, weights) if has_penalty else loss
            optimizer.zero_grad()
            objective.backward()
            if task.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(weights.values(), task.clip_norm)
            optimizer.step()
            stats.add(loss, outputs, y)

        state = state_of(task, epoch, step, network, optimizer)
        row = None
        if task.is_logged(epoch):
            validated = measure(network, loss_function, task, *val)
            row = stats.row(task) | validated | penalty.column(task.penalty, state)
        watch(EpochEnd(epoch, step, stats.loss().item(), row, state))

    return state_of(task, task.epochs, step, network, optimizer)
