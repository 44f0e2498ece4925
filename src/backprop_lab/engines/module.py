"""nn.Module, a loss, a torch optimizer, and the loop written out."""

# torch would take two seconds for this with the first optimizer, inside the fit.
import torch._dynamo  # noqa: F401

from backprop_lab.training import losses
from backprop_lab.training.metrics import Seen, measure
from backprop_lab.training.task import Moment, State, Task, Watch
from backprop_lab.training.tensors import batches, start_from, state_of, to_tensors


def fit(task: Task, start: State, watch: Watch) -> State:
    network, optimizer = start_from(task, start)
    loss_of = losses.load(task.loss, task.kind)
    train, val = to_tensors(task.train, task.device), to_tensors(task.val, task.device)
    step = start.step

    for epoch in range(start.epoch + 1, task.epochs + 1):
        seen = Seen()
        for x, y in batches(task, epoch, *train):
            outputs = network(x)
            loss = loss_of(outputs, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen.add(loss, outputs, y)
        step += task.steps_per_epoch

        row = None
        if task.is_logged(epoch):
            row = seen.row(task) | measure(network, loss_of, task, *val)
        watch(Moment(epoch, step, seen.loss(), row, lambda: state_of(task, epoch, step, network, optimizer)))  # noqa: B023

    return state_of(task, task.epochs, step, network, optimizer)
