"""What the nodes of a flow do: one file each."""
