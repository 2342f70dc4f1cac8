from tests.prove import cuts
def test_x(database):
    r = cuts.run(301, say=print)
    print(r.seconds, r.total("lines"), r.total("cuts"))
    for v in r.violations[:30]: print("V", v)
