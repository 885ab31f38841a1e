"""Language models: several in a row, each on one or more servers, asked with patience and given up in time.

LangChain is imported where it is used: it takes a second or more, and nothing of it is needed without a model.
"""
