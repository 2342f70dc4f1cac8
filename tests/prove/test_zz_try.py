from tests.prove import kills
import collections
def test_x(database):
    r = kills.run(60, 1, say=print)
    print(r.seconds, r.parts)
    for v in r.violations: print("V", v[:700])
