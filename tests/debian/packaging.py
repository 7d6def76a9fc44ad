"""Debian's packages agree with the tree: they need what packages.sh installs, every file
that `make install` makes is in one of them, the licenses are those of files that are there.

The folder debian is not in the tarball: Debian's tools bring it with a package's sources.
"""
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile

source = os.path.abspath(os.environ.get("top_srcdir", "."))
build = os.path.abspath(os.environ.get("top_builddir", "."))
PACKAGES = ["cnnviz", "libcnnviz0", "libcnnviz-dev", "libcnnviz-test-dev"]
debian = os.path.join(source, "debian")
# What every build of a Debian package has, or debhelper brings along
IMPLIED = {"gcc", "g++", "make", "autoconf", "automake", "libtool", "binutils"}
checks = 0
failures = 0


def check(fact, holds, *details):
    global checks, failures
    checks += 1
    if not holds:
        failures += 1
        print("FAIL:", fact, *details)


def read(*names):
    with open(os.path.join(*names), encoding="utf-8") as file:
        return file.read()


def paragraphs(text):
    """Paragraphs of fields, as Debian writes them"""
    for paragraph in re.split(r"\n\n+", text.strip()):
        yield dict(re.findall(r"^([\w-]+):((?:.*\n?)(?:[ \t].*\n?)*)", paragraph, re.M))


def words_of(variable):
    """Packages that packages.sh names in a variable"""
    return set(re.search(variable + r"='([^']*)'", read(source, "packages.sh")).group(1).split())


def check_needs():
    needs = next(paragraphs(read(debian, "control")))["Build-Depends"].split(",")
    always = {need.strip() for need in needs if "<!nocheck>" not in need}
    for_tests = {need.split()[0] for need in needs if "<!nocheck>" in need}
    always.discard("debhelper-compat (= 13)")
    check("a package is built with what packages.sh installs",
          always == words_of("BUILD_PACKAGES") - IMPLIED,
          always ^ (words_of("BUILD_PACKAGES") - IMPLIED))
    check("and tested with some of what packages.sh installs for that",
          for_tests and for_tests <= words_of("CHECK_PACKAGES"),
          for_tests - words_of("CHECK_PACKAGES"))


def check_version():
    version = re.match(r"cnnviz \(([^)]*)-[^-)]*\)", read(debian, "changelog")).group(1)
    check("the changelog has the version of configure.ac",
          "AC_INIT([cnnviz], [%s]" % version in read(source, "configure.ac"), version)


def installed_files(root):
    """What make install makes, with the paths that a package's build would give it"""
    subprocess.run([os.environ.get("MAKE", "make"), "-s", "install", "DESTDIR=" + root],
                   cwd=build, check=True, stdout=subprocess.DEVNULL)
    places = dict(re.findall(r"^(\w+)=(.*)$", read(build, "cnnviz.pc"), re.M))
    prefix = places["prefix"]
    libdir = places["libdir"].replace("${exec_prefix}", prefix).replace("${prefix}", prefix)
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)[len(root):]
            if path.startswith(libdir + "/"):
                yield "usr/lib/triplet" + path[len(libdir):]
            else:
                yield "usr" + path[len(prefix):]


def covers(pattern, path):
    """Whether a line of a list of files names a path, itself or a folder above it"""
    parts = path.split("/")
    wanted = pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def check_lists():
    packages = [field["Package"].strip() for field in paragraphs(read(debian, "control"))
                if "Package" in field]
    check("there are four packages", packages == PACKAGES, packages)
    lists = {name: read(debian, name).split()
             for name in [package + ".install" for package in packages] + ["not-installed"]}
    with tempfile.TemporaryDirectory(prefix="cnnviz-debian-") as root:
        files = sorted(installed_files(root))
    check("many files are installed", len(files) > 100, len(files))
    for path in files:
        owners = [name for name, patterns in lists.items()
                  if any(covers(pattern, path) for pattern in patterns)]
        check("one list has %s" % path, len(owners) == 1, owners)
    for name, patterns in lists.items():
        for pattern in patterns:
            check("%s: there is a file for %s" % (name, pattern),
                  any(covers(pattern, path) for path in files))


def check_licenses():
    fields = list(paragraphs(read(debian, "copyright")))
    texts = {field["License"].split("\n")[0].strip() for field in fields
             if "Files" not in field and "License" in field}
    used = set()
    tracked = [os.path.relpath(os.path.join(folder, name), source)
               for top in ("conf", "core", "models")
               for folder, _, names in os.walk(os.path.join(source, top))
               for name in names]
    for field in fields[1:]:
        for pattern in field.get("Files", "").split():
            check("there are files %s" % pattern, fnmatch.filter(tracked, pattern))
        if "Files" in field and len(field["License"].strip().splitlines()) == 1:
            used |= set(re.split(r" and ", field["License"].strip()))
    check("the text of each license is there, and no other", used == texts, used ^ texts)
    readme = read(source, "models", "README.md") + read(source, "conf", "pictures", "README.md")
    told = read(debian, "copyright")
    for author in ("Pictogrammers", "Streamline", "Fonticons", "Delapouite", "Rachel Michetti"):
        check("%s is thanked" % author, author in readme and author in told)


if not os.path.isdir(debian):
    print("SKIP: debian is not in the tarball")
    sys.exit(77)
check_needs()
check_version()
check_lists()
check_licenses()
if shutil.which("dh_listpackages"):
    listed = subprocess.run(["dh_listpackages"], cwd=source, capture_output=True, text=True)
    check("debhelper reads it", listed.stdout.split() == PACKAGES,
          listed.stdout + listed.stderr)
print(checks, "checks,", failures, "failures")
sys.exit(0 if checks > 100 and failures == 0 else 1)
