"""Builds the images that the project's compose files and tests name, from Debian packages, where no image registry
answers.

    python3 docker/offline/build.py [NAME ...]     build what is missing or out of date (default: all)
    python3 docker/offline/build.py --list         what there is

The software is the real thing under tags that are true of it (PostgreSQL 15, Redis 7, HAProxy 2.6, RabbitMQ 3,
Cassandra 5, Python 3.11) and exist on the public registry as well, with the same entry point contract for the
settings in common use.  An image that was pulled is never replaced.  Package sources, proxies, certificates and pip's
index are those of this machine; none is written down here.  Needs root, a running engine (`engine.py start`),
debootstrap; Maven, for Cassandra, is installed where it is missing.  Standard library only.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine import install_missing

HERE = Path(__file__).resolve().parent
RELEASE = "bookworm"
KEY_LABEL = "apitest.offline.key"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
PARALLEL_BUILDS = 2
"""Two cores; apt and dpkg of two images at once fill them."""


@dataclass(frozen=True)
class Image:
    name: str
    tags: tuple[str, ...]
    target: str = ""  # stage of the Dockerfile
    folder: str = ""  # under images/, where it is not the name

    @property
    def context(self) -> Path:
        return HERE / "images" / (self.folder or self.name)


IMAGES = (
    Image("debian", (f"debian:{RELEASE}-slim",)),
    Image("python", ("python:3.11-slim-bookworm", "python:3.11-slim")),
    Image("postgres", ("postgres:15-bookworm", "postgres:15")),
    Image("redis", ("redis:7-bookworm", "redis:7")),
    Image("haproxy", ("haproxy:2.6-bookworm", "haproxy:2.6")),
    Image("rabbitmq", ("rabbitmq:3",), target="plain"),
    Image("rabbitmq-management", ("rabbitmq:3-management",), target="management", folder="rabbitmq"),
    Image("cassandra", ("cassandra:5.0", "cassandra:5")),
)


def run(*command: str, **options: object) -> str:
    """Run a command; its standard output.  What it says on failure is shown whole."""
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return str(done.stdout)


def key(image: Image) -> str:
    """Changes whenever what the image is made of does."""
    digest = hashlib.sha256(RELEASE.encode())
    for function in (build_debian, package_sources, pip_settings):
        digest.update(inspect.getsource(function).encode())
    if image.name != "debian":
        for file in sorted(image.context.rglob("*")):
            if file.is_file():
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def state(image: Image) -> str:
    """`missing`, `pulled` (not made here), `old` or `ready`."""
    command = ["docker", "image", "inspect", "--format", f'{{{{index .Config.Labels "{KEY_LABEL}"}}}}', image.tags[0]]
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode != 0:
        return "missing"
    made_from = found.stdout.strip()
    if not made_from or made_from == "<no value>":
        return "pulled"
    return "ready" if made_from == key(image) else "old"


def package_sources() -> list[str]:
    """The machine's own apt sources for the release, as lines of a sources.list."""
    listed = run(
        "apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"
    )
    wanted = re.compile(rf"{RELEASE}(-updates|-security)?$")
    lines = sorted({line for line in listed.splitlines() if wanted.match(line.split()[2])})
    if not lines:
        raise SystemExit(f"apt has no source for Debian {RELEASE}; run apt-get update first")
    return lines


def pip_settings() -> str:
    """The machine's pip index as a pip.conf, with the system's certificates."""
    wanted = {"index-url", "extra-index-url", "trusted-host", "proxy", "timeout"}
    settings = {"cert": f"/{BUNDLE}"}
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2].removeprefix("default-")
        if option in wanted:
            settings[option] = value.strip("'\"")
    return "[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())


def certificates(bundle: Path) -> set[str]:
    if not bundle.exists():
        return set()
    return set(re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", bundle.read_text(), re.S))


def build_debian(image: Image) -> None:
    sources = package_sources()
    main = next(line.split()[1] for line in sources if line.split()[2] == RELEASE)
    with tempfile.TemporaryDirectory(prefix="apitest-debian-") as folder:
        root = Path(folder, "root")
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", RELEASE, str(root), main)
        (root / "etc/apt/sources.list").write_text("\n".join(sources) + "\n")
        proxies = [
            line
            for line in run("apt-config", "dump").splitlines()
            if re.match(r"Acquire::https?::(Proxy|CAInfo)", line)
        ]
        (root / "etc/apt/apt.conf.d/80machine").write_text("\n".join([*proxies, ""]))
        # apt's binary caches and translations would be some 30 MB in every layer.
        (root / "etc/apt/apt.conf.d/90small").write_text(
            'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAcquire::Languages "none";\n'
            'APT::Install-Recommends "false";\nDPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };\n'
        )
        (root / "etc/dpkg/dpkg.cfg.d/90small").write_text(
            "force-unsafe-io\npath-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
            "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n"
        )
        for file in (root / "usr/share/doc").rglob("*"):
            if file.is_file() and file.name != "copyright":
                file.unlink()
        for section in range(1, 9):  # the Java package links into these
            (root / f"usr/share/man/man{section}").mkdir(parents=True, exist_ok=True)
        for waste in ("usr/share/locale", "var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(root / waste, ignore_errors=True)
            (root / waste).mkdir(parents=True)
        # A package's service must not start while it is being installed.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        own = certificates(Path("/", BUNDLE)) - certificates(root / BUNDLE)
        for number, text in enumerate(sorted(own)):
            (root / f"usr/local/share/ca-certificates/machine-{number}.crt").write_text(text + "\n")
        run("chroot", str(root), "update-ca-certificates")
        (root / "etc/pip.conf").write_text(pip_settings())
        archive = Path(folder, "root.tar")
        excluded = ("./dev/*", "./proc/*", "./sys/*")
        run(
            "tar",
            "-C",
            str(root),
            "--numeric-owner",
            *(f"--exclude={what}" for what in excluded),
            "-cf",
            str(archive),
            ".",
        )
        labels = ["--change", 'CMD ["bash"]', "--change", f"LABEL {KEY_LABEL}={key(image)}"]
        run("docker", "import", *labels, str(archive), image.tags[0])


def fetch_cassandra(context: Path) -> None:
    """Cassandra's jars from Maven into the build context, without other platforms' native libraries."""
    install_missing({"mvn": "maven"})
    jars = context / "lib"
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    run("mvn", "-q", "-B", "-ntp", "-f", str(context / "pom.xml"), *goal)
    for jar in jars.glob("*.jar"):
        if re.search(r"-(osx|windows)-|-linux-(aarch_64|riscv64|ppcle_64|s390_64)", jar.name):
            jar.unlink()
        elif jar.name.startswith("jamm-"):
            jar.rename(jars / "jamm.jar")


def build(image: Image) -> str:
    began = time.monotonic()
    if image.name == "debian":
        build_debian(image)
    else:
        with tempfile.TemporaryDirectory(prefix=f"apitest-{image.name}-") as folder:
            context = Path(folder, "context")
            shutil.copytree(image.context, context)
            if image.name == "cassandra":
                fetch_cassandra(context)
            options = ["--quiet", "--force-rm", "--label", f"{KEY_LABEL}={key(image)}"]
            options += [f"--target={image.target}"] if image.target else []
            tags = [word for tag in image.tags for word in ("--tag", tag)]
            run("docker", "build", *options, *tags, str(context), env=dict(os.environ, DOCKER_BUILDKIT="0"))
    return f"{image.name}: built in {time.monotonic() - began:.0f} s"


def main(arguments: list[str]) -> int:
    known = {image.name: image for image in IMAGES}
    names = [word for word in arguments if not word.startswith("-")]
    flags = set(arguments) - set(names)
    if flags - {"--list"} or set(names) - set(known):
        print(__doc__, file=sys.stderr)
        return 2
    selected = [known[name] for name in names] if names else list(IMAGES)
    if "--list" in flags:
        for image in selected:
            print(f"{image.name:20} {state(image):8} {', '.join(image.tags)}")
        return 0
    wanted = [image for image in selected if state(image) in ("missing", "old")]
    if not wanted:
        return 0
    base = known["debian"]
    if base in wanted or state(base) in ("missing", "old"):
        print(build(base), flush=True)
    # rabbitmq's two images share their layers: one after the other, the second is free.
    chains: dict[str, list[Image]] = {}
    for image in wanted:
        if image is not base:
            chains.setdefault(image.folder or image.name, []).append(image)
    with ThreadPoolExecutor(PARALLEL_BUILDS) as pool:
        for lines in pool.map(lambda chain: [build(image) for image in chain], chains.values()):
            print("\n".join(lines), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
