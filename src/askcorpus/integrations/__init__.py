"""Other programs' shells around a corpus: MCP, LangChain, LlamaIndex, Haystack.

Each module is thin, and needs an optional extra of the same name:
`pip install 'askcorpus[langchain]'`. In: an index folder or an open corpus. Out: what the other
program calls a document, with its place in the article. Nothing here reports to anybody: where a
library would, its switch is turned off before it is loaded. May import: all rooms but the command
line; langchain_core, llama_index, haystack and mcp are known here only.
"""
