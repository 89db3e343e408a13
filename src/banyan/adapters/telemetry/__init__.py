"""What people on call look at: figures for Prometheus, spans for OpenTelemetry."""
