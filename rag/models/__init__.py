"""Language models: a chain of models, each on one or more servers, with retries, timeouts and circuit breakers.

LangChain is imported where it is used: it takes a second or more, and nothing of it is needed without a model.
"""
