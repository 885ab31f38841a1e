"""Links over HTTP: what is added, told and refused. Nothing is fetched here; workers do that."""

from core.access import LibraryRole, Role
from core.settings import FolderPlace, LinkSettings
from ingestion.sources.service import DocumentSources
from tests.http.conftest import House

ADDRESS = "https://example.org/handbook"


async def test_a_link_from_being_added_to_being_removed(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        added = await client.post("/api/links", json={"address": f"{ADDRESS}#leave"})
        link = added.json()
        assert added.status_code == 202
        assert added.headers["location"] == f"/api/links/{link['link_id']}"
        assert (link["address"], link["kind"], link["state"], link["can_write"]) == (ADDRESS, "page", "waiting", True)
        again = await client.post("/api/links", json={"address": ADDRESS, "kind": "site"})
        assert (again.status_code, again.json()["message"]) == (409, "The library has this link already.")
        assert (await client.get("/api/links")).json() == [link]
        assert (await client.post(f"/api/links/{link['link_id']}/check")).status_code == 202
        assert (await client.delete(f"/api/links/{link['link_id']}")).status_code == 204
        assert (await client.get("/api/links")).json() == []


async def test_what_is_no_link_is_refused_with_a_sentence(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for address in (
            "example.org",
            "ftp://example.org/",
            "http://jo:secret@example.org/",
            "http://127.0.0.1/",
            "\x00",
        ):
            refused = await client.post("/api/links", json={"address": address})
            assert refused.status_code == 422, address
            assert "secret" not in refused.json()["message"]
        assert (await client.post("/api/links", json={"address": ADDRESS, "kind": "bucket"})).status_code == 422


async def test_a_reader_sees_links_and_an_editor_adds_them(house: House) -> None:
    owner = await house.make_user("alice")
    for name in ("vera", "ed"):
        await house.make_user(name)
    await house.share(owner, "vera", LibraryRole.VIEWER)
    await house.share(owner, "ed", LibraryRole.EDITOR)
    body = {"address": ADDRESS, "library_id": str(owner.personal_library_id)}
    async with house.signed_in("vera") as client:
        assert (await client.post("/api/links", json=body)).status_code == 403
    async with house.signed_in("ed") as client:
        link = (await client.post("/api/links", json=body)).json()
    async with house.signed_in("vera") as client:
        [seen] = (await client.get("/api/links")).json()
        assert (seen["link_id"], seen["can_write"]) == (link["link_id"], False)
        assert (await client.delete(f"/api/links/{link['link_id']}")).status_code == 403


async def test_turned_off_the_page_offers_none_and_the_route_says_why(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        assert 'data-links="on"' in (await client.get("/library")).text
        house.change(
            settings=house.settings.model_copy(update={"links": LinkSettings(enabled=False)}),
            sources=DocumentSources(house.database, LinkSettings(enabled=False)),
        )
        assert 'data-links="off"' in (await client.get("/library")).text
        refused = await client.post("/api/links", json={"address": ADDRESS})
        assert (refused.status_code, refused.json()["message"]) == (403, "Links are not read here.")


async def test_only_admins_keep_a_library_in_step_with_a_folder_of_the_settings(house: House) -> None:
    await house.make_user("alice")
    await house.make_user("root", role=Role.ADMIN)
    settings = LinkSettings(folders={"contracts": FolderPlace(url="s3://company/contracts")})
    house.change(
        settings=house.settings.model_copy(update={"links": settings}),
        sources=DocumentSources(house.database, settings),
    )
    body = {"address": "contracts", "kind": "folder"}
    async with house.signed_in("alice") as client:
        assert 'data-folders=""' in (await client.get("/library")).text
        refused = await client.post("/api/links", json=body)
        assert (refused.status_code, refused.json()["message"].split(":")[0]) == (
            403,
            "Only admins may keep a library in step with a folder",
        )
    async with house.signed_in("root") as client:
        assert 'data-folders="contracts"' in (await client.get("/library")).text
        added = await client.post("/api/links", json=body)
        assert (added.status_code, added.json()["address"], added.json()["kind"]) == (202, "contracts", "folder")
        unknown = await client.post("/api/links", json={"address": "s3://company/other", "kind": "folder"})
        assert (unknown.status_code, unknown.json()["message"]) == (
            422,
            "There is no folder of this name in the settings.",
        )
