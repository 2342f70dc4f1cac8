# ruff: noqa: F811 (a test names the fixture it asks for)

"""The forms by which the office says who it is: brand, contacts, shops, legal texts."""

from __future__ import annotations

from tests.faces import desk
from tests.faces.test_office_forms import done, models, now, office, refused  # noqa: F401 (fixtures among them)


def test_brand_contacts_and_shops(office, client):
    done(desk.post(office, "/office/brand/", "look", called="Sakura SIM", colour="#1f3f77", accent="#c13a22"))
    done(
        desk.post(
            office,
            "/office/brand/",
            "contact",
            kind="phone",
            value="03-0000-0000",
            link="tel:0300000000",
            hours_en="Daily",
        )
    )
    names = {
        f"{what}_{tag}": f"{what} {tag}" for what in ("names", "address") for tag in ("en", "ja", "zh-Hans")
    }
    done(desk.post(office, "/office/brand/", "shop", **names))
    page = client.get("/help").content.decode()
    assert "03-0000-0000" in page
    assert "names en" in page
    refused(desk.post(office, "/office/brand/", "look", colour="#ffff00"), "hard to read")
    refused(desk.post(office, "/office/brand/", "look", logo="<svg><script>1</script></svg>"), "logo")
    refused(
        desk.post(office, "/office/brand/", "contact", kind="web", value="x", link="javascript:alert(1)"),
        "cannot be used here",
    )
    done(desk.post(office, "/office/brand/", "remove", which="contacts 0"))
    assert "03-0000-0000" not in client.get("/help").content.decode()
    assert models().AuditEntry.objects.filter(act="brand", actor="staff owner").count() == 4


def test_two_people_on_the_brand(office):
    opened = desk.form_of(office.get("/office/brand/").content.decode(), "shop")
    done(desk.post(office, "/office/brand/", "contact", kind="phone", value="03", link=""))
    names = {f"{what}_{tag}": "x" for what in ("names", "address") for tag in ("en", "ja", "zh-Hans")}
    refused(office.post("/office/brand/", opened | names), "Somebody changed this")


def test_legal_texts_until_none_is_missing(office, client):
    from tsuzuki.core.brand import STATUTORY
    from tsuzuki.records import queries
    from tsuzuki.ui.languages import SHIPPED

    assert "Statutory texts are missing" in desk.text(office.get("/office/"))
    assert "Missing: Seller (中文, 日本語, English)" in desk.text(office.get("/office/legal/"))
    for topic in STATUTORY:
        done(
            desk.post(office, "/office/legal/", topic, **{f"text_{tag}": f"{topic} {tag}" for tag in SHIPPED})
        )
    assert queries.brand().missing(SHIPPED) == ["phone"]
    done(
        desk.post(
            office,
            "/office/brand/",
            "contact",
            kind="mail",
            value="a@example.com",
            link="mailto:a@example.com",
        )
    )
    assert "Missing: a telephone number" in desk.text(office.get("/office/legal/"))
    done(
        desk.post(
            office, "/office/brand/", "contact", kind="phone", value="03-1234-5678", link="tel:+81312345678"
        )
    )
    assert queries.brand().missing(SHIPPED) == []
    assert "Missing" not in desk.text(office.get("/office/legal/"))
    assert "Statutory" not in desk.text(office.get("/office/"))
    assert "representative en" in client.get("/en/seller").content.decode()
