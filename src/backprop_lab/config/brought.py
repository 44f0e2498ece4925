"""What Lightning, Keras, scikit-learn and torch call our keys, so that a message can name the key that is meant.

By the last part of a key: ``max_epochs`` is also looked up for ``trainer.max_epochs``. What an option is called
elsewhere stands in its module, as ``ALSO_CALLED``.
"""

ELSEWHERE: dict[str, tuple[str, ...]] = {
    "epochs": (
        "max_epochs", "min_epochs", "n_epochs", "num_epochs", "nb_epochs", "num_train_epochs", "epoch",
        "max_iter", "n_iter", "max_steps", "iterations", "n_iterations", "num_iterations",
    ),
    "seed": ("random_state", "random_seed", "seed_everything", "manual_seed", "rng"),
    "precision": ("dtype", "floatx"),
    "log_every_n_epochs": (
        "log_every_n_steps", "check_val_every_n_epoch", "val_check_interval", "log_interval", "log_every", "verbose",
    ),
    "dataset": ("datamodule", "data_module", "data", "datasets", "train_data", "problem"),
    "dataset.n_samples": ("num_samples", "n_points", "num_points", "n_examples", "samples", "n_train", "size"),
    "dataset.val_fraction": (
        "validation_split", "validation_fraction", "val_split", "val_size", "valid_fraction", "test_size",
        "test_fraction",
    ),
    "dataset.batch_size": ("batchsize", "batch", "bs", "train_batch_size", "minibatch_size", "mini_batch_size"),
    "model": ("network", "net", "module", "architecture", "arch"),
    "model.hidden": (
        "layers", "hidden_layers", "hidden_layer", "hidden_layer_sizes", "layer_sizes", "hidden_size", "hidden_sizes",
        "hidden_dim", "hidden_dims", "hidden_features", "hidden_units", "n_hidden", "num_hidden", "n_units",
        "num_units", "units", "neurons", "width", "widths",
    ),
    "model.activation": ("activation_function", "activation_fn", "act", "nonlinearity"),
    "model.bias": ("use_bias", "fit_intercept"),
    "model.init": ("kernel_initializer", "initializer", "weight_init", "init_weights", "initialization"),
    "model.dropout": ("dropout_rate", "dropout_p", "drop_rate", "p_dropout"),
    "loss": ("criterion", "loss_fn", "loss_function", "objective"),
    "optimizer": ("solver", "optim", "opt", "algorithm"),
    "optimizer.lr": ("learning_rate", "learning_rate_init", "eta", "eta0", "step_size", "rate"),
    "optimizer.betas": ("beta_1", "beta_2", "beta1", "beta2"),
    "optimizer.alpha": ("rho",),
    "optimizer.weight_decay": ("decay",),
    "optimizer.nesterov": ("nesterovs_momentum",),
    "optimizer.clip_norm": (
        "gradient_clip_val", "clipnorm", "global_clipnorm", "max_grad_norm", "grad_clip", "clip_grad_norm",
        "gradient_clipping", "max_norm",
    ),
    "penalty": ("regularization", "regularizer", "kernel_regularizer", "reg"),
    "penalty.strength": ("alpha", "lambda", "reg_lambda", "l2_penalty", "l1_penalty"),
    "schedule": ("scheduler", "lr_scheduler", "lr_schedule"),
    "stop": ("early_stopping", "early_stop"),
    "stop.patience": ("n_iter_no_change",),
    "stop.min_delta": ("tol",),
    "trainer": ("accelerator", "device", "devices", "gpus", "strategy"),
    "hydra.run.dir": ("default_root_dir", "output_dir", "out_dir", "save_dir", "log_dir", "logdir", "run_dir", "out"),
    "hydra/launcher": ("launcher", "n_jobs"),
    "hydra/sweeper": ("sweeper",),
    "resume": ("ckpt_path", "checkpoint", "ckpt", "resume_from_checkpoint", "resume_from", "warm_start"),
}  # fmt: skip


def ours(name: str) -> list[str]:
    """The keys that ``name`` may stand for, such as ``optimizer.lr`` for ``learning_rate``."""
    return [key for key, names in ELSEWHERE.items() if name in names]
