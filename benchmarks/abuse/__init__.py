"""What one who means no good costs everybody else."""
