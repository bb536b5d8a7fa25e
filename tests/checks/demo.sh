#!/bin/bash
# pipelines/demo.sh with videos of users' kinds, on what is built already: demo.sh MESON BUILD-FOLDER.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
meson=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A checkout whose build.sh has nothing to do.
cp -r "$root/pipelines" "$scratch"
printf '#!/bin/sh\n' >"$scratch/pipelines/build.sh"
unset GST_PLUGIN_PATH CUT_MODULE_PATH

# video NAME FFMPEG-OPTIONS...: eight frames of 32x24.
video() { ffmpeg -v error -f lavfi -i testsrc=size=32x24:rate=8:duration=1 "${@:2}" "$scratch/$1"; }

demo() {
  CDPATH=. "$scratch/pipelines/demo.sh" --builddir "$build" --model "$root/tests/golden/generator/resnet_9blocks.pth" \
    --device cpu --out "$scratch/out" --input "$scratch/$1" "${@:2}" >"$scratch/said" 2>&1
}

# stream FILE ENTRIES EXPECTED: what ffprobe says of a file's only stream.
stream() {
  local got
  got=$(ffprobe -v error -show_entries "stream=$2" -of csv=p=0 "$scratch/out/$1")
  [[ $got == "$3" ]] || { echo "$1: expected $3, got $got"; return 1; }
}

# leaves WIDTH HEIGHT FRAMES: the demo's video is of that size and length, as browsers play it; the sheet has two rows of
# six tiles.
leaves() {
  local tile=$(($1 / 2)) # in 4:2:0 an odd one loses a column
  cat "$scratch/said"
  stream demo.mp4 codec_name,width,height,pix_fmt,nb_frames "h264,$1,$2,yuv420p,$3"
  stream demo.png width,height "$(((tile - tile % 2) * 6)),$(($2 * 2))"
}

translates() {
  demo "$1" "${@:5}" || { cat "$scratch/said"; return 1; }
  leaves "${@:2:3}"
}

tells() {
  local words
  for words in 'gst-launch-1.0 -q' "model=$root/tests/golden" 'first frame after [0-9.]+ s' 'translated 8 frames in .* fps'; do
    grep -qE "$words" "$scratch/said" || { echo "no \"$words\" in: $(<"$scratch/said")"; return 1; }
  done
}

refuses() {
  ! demo "$1" || { echo "it took $1"; return 1; }
  cat "$scratch/said"
  grep -q "^demo.sh: .*$2" "$scratch/said"
}

video plain.mp4
video "my \"o\\wn' !.mkv"
video interlaced.mp4 -vf tinterlace=interleave_top -flags +ilme+ildct -x264opts tff=1
video wide.mp4 -vf setsar=2
ffmpeg -v error -f lavfi -i sine=duration=1 "$scratch/sound.mp4"

check "meson devenv finds cut-model" "$meson" devenv -C "$build" -w . cut-model --help
check "a video is translated beside itself" translates plain.mp4 64 24 8
check "the demo tells its line, the time of the first frame and frames per second" tells
check "a name may have spaces, quotes and backslashes" translates "my \"o\\wn' !.mkv" 64 24 8
check "interlaced video is deinterlaced first" translates interlaced.mp4 64 24 8
check "pixels that are not square are made so" translates wide.mp4 128 24 8
check "a size may be odd" translates plain.mp4 66 18 8 --size 33x17
check "a file without video is refused" refuses sound.mp4 "has no video"
done_checking
