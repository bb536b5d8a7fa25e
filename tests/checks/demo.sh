#!/bin/bash
# SPDX-License-Identifier: MIT
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

# turned NAME DEGREES: plain.mp4 with a note that players turn it by so much, as phones make it.
turned() {
  ffmpeg -v error -display_rotation "$2" -i "$scratch/plain.mp4" -c copy "$scratch/$1" 2>/dev/null ||
    ffmpeg -v error -i "$scratch/plain.mp4" -c copy -metadata:s:v:0 rotate="$2" "$scratch/$1" # before FFmpeg 6
  [[ $(ffprobe -v error -show_entries stream_side_data=rotation -of csv=p=0:nk=1 "$scratch/$1") == *[0-9]* ]]
}

# alike FILTER RESULT INPUT: part of a result shows what FFmpeg, which turns as players do, shows of the input.
alike() {
  local psnr
  psnr=$(ffmpeg -i "$2" -i "$3" -filter_complex "[0]$1[a];[a][1]scale2ref=flags=bicubic[b][c];[b][c]psnr" -f null - 2>&1 |
    grep -oE 'average:[0-9.]+' | cut -d: -f2)
  awk -v psnr="${psnr:-0}" 'BEGIN { exit !(psnr > 22) }' || { echo "it is not like the input: ${psnr:-nothing} dB"; return 1; }
}

shows_upright() {
  translates "${@:1:4}" && alike crop=iw/2:ih:0:0 "$scratch/out/demo.mp4" "$scratch/$1"
}

warns_of_hdr() {
  translates "$1" 64 24 8 && grep -q "^demo.sh: .*$1 is HDR" "$scratch/said"
}

# documented INPUT WIDTH HEIGHT FRAMES ASPECT: the first line under "Launch lines" in the docs makes a file of the input that
# players take.
documented() {
  local line out=$scratch/out.mp4
  line=$(awk '/^A file into a file/ { on = 1 } on && /^```/ && ++fences == 2 { exit } on && fences && !/^```/' "$root/docs/element.md")
  line=${line/in.mp4/$scratch/$1} line=${line/street.pt/$root/pipelines/street.pt} line=${line/out.mp4/$out}
  rm -f "$out"
  "$meson" devenv -C "$build" -w . bash -c "${line/cuttranslate/cuttranslate device=cpu} -q" >"$scratch/said" 2>&1
  cat "$scratch/said"
  mkdir -p "$scratch/out" && mv "$out" "$scratch/out/"
  stream out.mp4 profile,width,height,sample_aspect_ratio,pix_fmt,nb_frames "High,$2,$3,$5,yuv420p,$4"
}

# keeps_times: the same with each frame at its time.
keeps_times() { documented "$@" && diff <(times "$scratch/$1") <(times "$scratch/out/out.mp4"); }

# times FILE: of its frames, in milliseconds from the first.
times() {
  ffprobe -v error -select_streams v:0 -show_entries packet=pts_time -of csv=p=0 "$1" | sort -n |
    awk -F, 'NR == 1 { first = $1 } { printf "%.0f\n", ($1 - first) * 1000 }'
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
video vfr.mp4 -vf "setpts='if(lt(N,4),N,3*N-8)/8/TB'" -vsync vfr
video odd.mp4 -vf scale=33:25 -pix_fmt yuv444p
video prores.mov -c:v prores_ks -profile:v 2 -pix_fmt yuv422p10le
hdr() { video "$1" -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc "$2" -colorspace bt2020nc; }
hdr pq.mp4 smpte2084
hdr hlg.mp4 arib-std-b67
turned quarter.mp4 90
turned half.mp4 180
turned three.mp4 270
ffmpeg -v error -f lavfi -i sine=duration=1 "$scratch/sound.mp4"

check "meson devenv finds cut-model" "$meson" devenv -C "$build" -w . cut-model --help
check "a video is translated beside itself" translates plain.mp4 64 24 8
check "the demo tells its line, the time of the first frame and frames per second" tells
check "a name may have spaces, quotes and backslashes" translates "my \"o\\wn' !.mkv" 64 24 8
check "interlaced video is deinterlaced first" translates interlaced.mp4 64 24 8
check "pixels that are not square are made so" translates wide.mp4 128 24 8
check "a size may be odd" translates plain.mp4 66 18 8 --size 33x17
check "a clip that a phone turned by 90 degrees is shown upright" shows_upright quarter.mp4 48 32 8
check "a clip that a phone turned by 180 degrees is shown upright" shows_upright half.mp4 64 24 8
check "a clip that a phone turned by 270 degrees is shown upright" shows_upright three.mp4 48 32 8
check "ProRes in 4:2:2 with 10 bits is translated" translates prores.mov 64 24 8
check "odd sides in 4:4:4 are translated" translates odd.mp4 66 26 8
check "PQ is translated with a word of warning" warns_of_hdr pq.mp4
check "HLG is translated with a word of warning" warns_of_hdr hlg.mp4
check "the documented line makes a file of plain video" keeps_times plain.mp4 32 24 8 1:1
check "the documented line turns what a phone turned" keeps_times quarter.mp4 24 32 8 1:1
check "the documented line makes a file of ProRes that players take" keeps_times prores.mov 32 24 8 1:1
check "the documented line makes a file of PQ that players take" keeps_times pq.mp4 32 24 8 1:1
check "the documented line makes a file of HLG that players take" keeps_times hlg.mp4 32 24 8 1:1
check "the documented line makes sides even" documented odd.mp4 32 24 8 1:1
check "the documented line keeps a variable frame rate" keeps_times vfr.mp4 32 24 8 1:1
check "the documented line deinterlaces" documented interlaced.mp4 32 24 8 1:1
check "the documented line keeps pixels that are not square" keeps_times wide.mp4 32 24 8 2:1
check "a file without video is refused" refuses sound.mp4 "has no video"
done_checking
