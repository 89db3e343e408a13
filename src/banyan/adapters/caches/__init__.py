"""Where cached answers and vectors are kept: in this process, or in Redis for several."""
