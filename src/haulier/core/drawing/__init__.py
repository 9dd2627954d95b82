"""Pictures of flows: where everything is, and how it is drawn in a terminal, as SVG and as Mermaid."""
