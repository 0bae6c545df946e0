"""A zip in the old encryption, which Python reads and cannot write."""

import struct
import zlib


def encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """A zip with one stored member in PKWARE's traditional encryption (APPNOTE 6.1)."""
    table = [zlib.crc32(bytes([k])) ^ 0xFFFFFFFF ^ 0xFF000000 for k in range(256)]
    for k in range(256):
        crc = k
        for _ in range(8):
            crc = crc >> 1 ^ 0xEDB88320 if crc & 1 else crc >> 1
        table[k] = crc
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    check = zlib.crc32(data)
    coded = bytearray()
    for byte in bytes(11) + bytes([check >> 24]) + data:
        mask = (keys[2] | 2) & 0xFFFF
        coded.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        update(byte)
    sizes = struct.pack("<III", check, len(coded), len(data))
    local = (
        b"PK\3\4" + struct.pack("<HHHHH", 20, 1, 0, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name.encode()
    )
    central = b"PK\1\2" + struct.pack("<HHHHHH", 20, 20, 1, 0, 0, 33) + sizes
    central += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name.encode()
    at = len(local) + len(coded)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), at, 0)
    return local + bytes(coded) + central + end
