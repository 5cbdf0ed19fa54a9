#!/usr/bin/env bash
# assemble-module.sh [FOLDER] - builds the PowerShell module into FOLDER (default out/ImmutableAudit).
#
# The module's own assemblies lie beside the manifest. The AWS SDK lies in aws/, from where it is loaded apart from
# other modules' copies; the core isn't there, because both sides have to share the one beside the manifest.
# Help is generated beforehand (tools/update-help.ps1) and committed, so nothing but the .NET SDK is needed here.
#
# CONFIGURATION  Release (default) or Debug
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$(realpath -m -- "${1:-$root/out/ImmutableAudit}")
configuration=${CONFIGURATION:-Release}

case $target in
  / | "$root" | "$HOME") echo "assemble-module.sh: '$target' would be replaced as a whole; name a folder of its own" >&2; exit 2 ;;
esac
if [ -e "$target" ] && [ ! -e "$target/ImmutableAudit.psd1" ] && [ -n "$(ls -A -- "$target")" ]; then
  echo "assemble-module.sh: '$target' holds something else; it was left alone" >&2
  exit 2
fi

# Assembled beside the target and moved there whole, so that nobody loads half a module.
mkdir -p -- "$(dirname "$target")"
work=$(mktemp -d -- "$target.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

dotnet build "$root/src/ImmutableAudit.PowerShell" --configuration "$configuration" --nologo --verbosity quiet
built=$root/src/ImmutableAudit.PowerShell/bin/$configuration/net10.0
module=$work/module
mkdir -p -- "$module/en-US"
cp -- "$root/ImmutableAudit.psd1" "$root/LICENSE" "$module/"
cp -r -- "$root/src/ImmutableAudit.PowerShell/Formats" "$module/"
cp -- "$built/ImmutableAudit.PowerShell.dll" "$built/ImmutableAudit.Core.dll" "$module/"
cp -- "$root"/en-US/*.xml "$root"/en-US/*.txt "$module/en-US/"

dotnet publish "$root/src/ImmutableAudit.Aws" --configuration "$configuration" --nologo --verbosity quiet --output "$work/aws"
mkdir -- "$module/aws"
for file in "$work"/aws/*.dll; do
  case ${file##*/} in
    # PowerShell ships the other one itself, and a second copy would be another type.
    ImmutableAudit.Core.dll | System.Security.Cryptography.Pkcs.dll) ;;
    *) cp -- "$file" "$module/aws/" ;;
  esac
done

chmod 0755 "$module"
rm -rf -- "$target"
mv -- "$module" "$target"
echo "$target"
