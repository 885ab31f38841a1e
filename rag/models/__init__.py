"""Language models: a chain of models, each on one or more servers, with retries, timeouts and circuit breakers.

LangChain is imported only where it is used: the import takes a second or more and is not needed without a model.
"""
