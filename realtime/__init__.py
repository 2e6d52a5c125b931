"""How finished text reaches people: bus, hub, connections, presence. No tables, no templates."""
