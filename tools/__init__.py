"""What set-up, tests and benchmarks call: small programs beside the application, none of them part of it."""
