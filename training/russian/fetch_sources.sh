#!/bin/sh
# Fetch the public sources of the Russian tagger into the folder $1 (pip, git; 60 MB).
# What they are and under which licences: training/README.md.
set -eu
mkdir -p "$1"
cd "$1"

fetch() { # owner/name, commit
    name=${1#*/}
    [ -d "$name" ] && return
    git clone --quiet --no-checkout "https://github.com/$1" "$name"
    git -C "$name" checkout --quiet "$2"
}

pip download --quiet --no-deps natasha==1.6.0
fetch dialogue-evaluation/factRuEval-2016 dfe96237fce79fde13b2021d1938587e4ea3042e
fetch nerel-ds/NEREL 8f07d3e410f322d5dbf6b68b13fbf4a4aa077fe9
fetch UniversalNER/UNER_Russian-PUD 6f5acd6d728f70b20e4326d841356567796ee844
