"""The MCP door: assistants search, ask and upload through the Model Context Protocol. (A room named ``mcp`` would hide the SDK.)"""
