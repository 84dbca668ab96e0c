"""One module for each measurement; each offers `measure(stage, plan)`, which returns rows."""
