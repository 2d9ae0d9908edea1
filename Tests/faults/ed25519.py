"""Ed25519 signatures after RFC 8032, so that the tests know what must never be found. Slow, and
not for keys that matter."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def base():
    y = 4 * pow(5, P - 2, P) % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = P - x if x & 1 else x
    return x, y, 1, x * y % P


POWERS = [base()]
while len(POWERS) < 256:
    POWERS.append(add(POWERS[-1], POWERS[-1]))


def times(scalar):
    """That multiple of the base point, as bytes."""
    point = (0, 1, 1, 0)
    for index in range(256):
        if scalar >> index & 1:
            point = add(point, POWERS[index])
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def sign(seed, message):
    digest = hashlib.sha512(seed).digest()
    secret = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % L
    r = times(nonce)
    hashed = hashlib.sha512(r + times(secret) + message).digest()
    answer = (nonce + int.from_bytes(hashed, "little") * secret) % L
    return r + answer.to_bytes(32, "little")
