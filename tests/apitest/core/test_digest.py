from __future__ import annotations

from apitest.core.digest import authorization, choose, read_challenges

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", '
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def test_examples_of_rfc_7616() -> None:
    """Section 3.9.1."""
    sha, md5 = read_challenges([RFC_7616])
    arguments = ("Mufasa", "Circle of Life", "GET", "/dir/index.html", b"", CNONCE)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in authorization(
        sha, *arguments
    )
    answered = authorization(md5, *arguments)
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in answered
    assert 'uri="/dir/index.html"' in answered
    assert "nc=00000001" in answered
    assert "qop=auth," in answered


def test_example_of_rfc_2617_without_qop() -> None:
    """RFC 2069's way, with the corrected value."""
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    (one,) = read_challenges([f'Digest realm="testrealm@host.com", nonce="{nonce}"'])
    answered = authorization(one, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", b"", CNONCE)
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answered
    assert "qop" not in answered


def test_the_best_algorithm_is_chosen() -> None:
    found = choose(reversed(read_challenges([RFC_7616])))
    assert found is not None
    assert found.algorithm == "SHA-256"


def test_other_schemes_and_broken_challenges_are_left_out() -> None:
    assert read_challenges(["Basic realm=x", 'Bearer realm="y"', 'Digest realm="z"', ""]) == []
    assert choose(read_challenges(['Digest realm="z", nonce="n", algorithm=SHA-3'])) is None
    assert choose(read_challenges(['Digest realm="z", nonce="n", qop="odd"'])) is None
    (mixed,) = read_challenges(['Basic realm="a", Digest realm="b \\"q\\"", nonce="n", Bearer realm="c"'])
    assert (mixed.realm, mixed.nonce) == ('b "q"', "n")


def test_sessions_bodies_and_hashed_names() -> None:
    (one,) = read_challenges(['Digest realm="r", nonce="n", qop="auth-int", algorithm=MD5-sess, userhash=true'])
    first = authorization(one, "ann", "pw", "POST", "/", b"a", "c")
    assert first != authorization(one, "ann", "pw", "POST", "/", b"b", "c")
    assert "qop=auth-int" in first
    assert "userhash=true" in first
    assert 'username="ann"' not in first
