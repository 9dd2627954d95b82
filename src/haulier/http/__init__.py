"""HTTP/1.1 on blocking sockets, for rooms that send thousands of requests a second."""
