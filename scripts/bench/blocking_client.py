import socket
import sys

def read(server):
    host, port = server.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        while part := connection.recv(65536):
            print(server, len(part))

for server in sys.argv[1:]:
    read(server)
