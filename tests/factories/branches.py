"""Organizations and branches, one plain factory each."""

from itertools import count

from branches.models import Branch, Organization, Sector, Unit

_number = count(1)


def make_unit(name: str = "", **fields: object) -> Unit:
    number = next(_number)
    return Unit.objects.create(code=fields.pop("code", f"U{number:04d}"), name=name or f"单位{number}", **fields)


def make_sector(code: str = "organ", name: str = "机关") -> Sector:
    return Sector.objects.get_or_create(code=code, defaults={"name": name})[0]


def make_organization(name: str = "", parent: Organization | None = None, **fields: object) -> Organization:
    number = next(_number)
    organization = Organization.objects.create(
        code=fields.pop("code", f"O{number:04d}"), name=name or f"党委{number}", parent=parent, **fields
    )
    organization.path = f"{parent.path if parent else '/'}{organization.pk}/"
    organization.save(update_fields=["path"])
    return organization


def make_branch(organization: Organization, name: str = "", **fields: object) -> Branch:
    number = next(_number)
    fields.setdefault("sector", make_sector())
    fields.setdefault("unit", organization.unit or make_unit())
    code = fields.pop("code", f"B{number:04d}")
    return Branch.objects.create(code=code, name=name or f"第{number}党支部", organization=organization, **fields)
