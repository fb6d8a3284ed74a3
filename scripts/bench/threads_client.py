import socket
import sys
from concurrent.futures import ThreadPoolExecutor

def read(server):
    host, port = server.rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        while part := connection.recv(65536):
            print(server, len(part))

list(ThreadPoolExecutor(len(sys.argv)).map(read, sys.argv[1:]))
