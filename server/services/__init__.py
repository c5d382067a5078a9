"""User code lives and runs here: the `Service` class, the store of deployed services, loading and hot deployment."""
