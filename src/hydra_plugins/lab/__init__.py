"""What Backprop Lab adds to Hydra: the sweeper of every multirun, and the border that checks a run before it begins."""
