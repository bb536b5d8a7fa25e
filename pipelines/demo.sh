#!/bin/bash
# SPDX-License-Identifier: MIT
# From a fresh checkout to a translated video: installs, builds, runs one gst-launch-1.0 line, and shows what came out.
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")

usage() {
  cat <<'EOF'
Usage: pipelines/demo.sh [options]

Installs what is missing, builds, and translates a video with the element cuttranslate. Leaves in out/:
  demo.mp4  input on the left, translation on the right
  demo.png  six moments of it, input above output

  --input FILE   video to translate (default: pipelines/clip.mp4, a drive in the simulator TORCS)
  --size WxH     scale it first; the time per frame grows with the area
  --model FILE   weights (default: pipelines/street.pt: simulator to street)
  --device NAME  auto, cpu, cuda or cuda:N (default: auto)
  --out DIR      where to put the results (default: out)
  --builddir DIR build there (default: build)
  --torch        builds with LibTorch (0.6 GB to download), which runs StyleGAN2 weights; --device cuda implies it
  --cuda         LibTorch with its CUDA libraries even where no card is found; implies --torch
  -h, --help     this text

LIBTORCH=DIR in the environment names a LibTorch that you have; see pipelines/build.sh --help.
EOF
}

step() { printf '\n== %s\n' "$*"; }
die() { printf 'demo.sh: %s\n' "$*" >&2; exit 1; }

# here PATH: relative to the checkout where it lies inside, so that the printed line stays short.
here() { realpath -m --relative-base="$root" -- "$1"; }

# probe FILE WHAT: one property of its first video stream.
probe() { ffprobe -v error -select_streams v:0 -show_entries "stream=$2" -of csv=p=0:nk=1 "$1" | head -n 1 | tr -d ,; }

# rotation FILE: degrees that a player turns its first video stream by, as a phone notes it; nothing where it does not.
rotation() { ffprobe -v error -select_streams v:0 -show_entries stream_side_data=rotation -of csv=p=0:nk=1 "$1" | tr -d , | sed '/./!d;q'; }

have_driver() { /sbin/ldconfig -p | grep -qF libcuda.so.1; }

# shape INPUT SIZE: sets width and height of what is translated, and the elements that make it so in `shaping`: no
# interlaced video, since the element refuses it, upright as players show it, and square pixels, since two pictures
# share one.
shape() {
  local pixel
  width=$(probe "$1" width) height=$(probe "$1" height)
  [[ $width && $height ]] || die "$1 has no video in it"
  [[ $(probe "$1" field_order) == @(|unknown|progressive) ]] || shaping=('!' deinterlace)
  shaping+=('!' videoflip video-direction=auto)
  IFS=: read -r -a pixel <<<"$(probe "$1" sample_aspect_ratio)"
  if [[ $(rotation "$1") == @(90|-90|270|-270) ]]; then
    read -r width height <<<"$height $width"
    pixel=("${pixel[1]:-}" "${pixel[0]:-}")
  fi
  if [[ $2 ]]; then
    width=${2%x*} height=${2#*x}
  elif [[ ${pixel[*]} =~ ^[1-9][0-9]*\ [1-9][0-9]*$ ]] && ((pixel[0] != pixel[1])); then
    width=$((width * pixel[0] / pixel[1]))
  else
    return 0
  fi
  shaping+=('!' videoscale '!' "video/x-raw,width=$width,height=$height,pixel-aspect-ratio=1/1")
}

# file NAME: as gst-launch-1.0 takes it, which reads quotes and backslashes by itself.
file() {
  local name=${1//\\/\\\\}
  [[ $1 == *[\"\'\\]* ]] && echo "\"${name//\"/\\\"}\"" || echo "$1"
}

# show WORDS...: the command as it can be pasted, one branch of the pipeline per line.
show() {
  local word line=''
  for word in "$@"; do
    [[ $word != '!' ]] || { line+=' !'; continue; }
    [[ $word != filesrc && $word != compositor && $word != x264enc && $word != frames. ]] || line+=$' \\\n   '
    [[ $word =~ ^[A-Za-z0-9_.,:=/+-]+$ ]] || word=$(printf %q "$word")
    line+=" $word"
  done
  echo "${line# }"
}

# sheet VIDEO PICTURE: six moments of a side-by-side video, its left half above its right half.
sheet() {
  local frames pick='' i
  frames=$(probe "$1" nb_frames)
  for i in 0 1 2 3 4 5; do
    pick+="+eq(n,$((frames * (2 * i + 1) / 12)))"
  done
  ffmpeg -v error -y -i "$1" -frames:v 1 -filter_complex "select='${pick#+}',split[a][b];
    [a]crop=iw/2:ih:0:0,tile=6x1[above]; [b]crop=iw/2:ih:iw/2:0,tile=6x1[below];
    [above][below]vstack,scale='min(1920,iw)':-1" "$2"
}

# figure LOG PATTERN: what the element logged about itself.
figure() { grep -oE "$2" "$1" | tail -n 1 || echo '(the element logged no figure)'; }

main() {
  local input=$root/pipelines/clip.mp4 model=$root/pipelines/street.pt out=$root/out builddir=$root/build device=auto
  local size='' build=() width height frames line shaping=() log meson=meson
  while (($#)); do
    case $1 in
      --input | --size | --model | --device | --out | --builddir)
        (($# > 1)) || die "$1 needs a value"
        printf -v "${1#--}" %s "$2"
        shift ;;
      --torch | --cuda) build+=("$1") ;;
      -h | --help) usage; exit ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
  [[ -f $input ]] || die "there is no video $input"
  [[ -f $model ]] || die "there are no weights $model"
  [[ -z $size || $size =~ ^[1-9][0-9]*x[1-9][0-9]*$ ]] || die "--size takes WIDTHxHEIGHT, such as 320x240, not $size"
  if [[ $device == cuda* ]]; then
    have_driver || die "--device $device needs NVIDIA's driver, and there is no libcuda.so.1 on this machine; leave --device out"
    build+=(--torch)
  fi
  input=$(here "$input") model=$(here "$model") out=$(here "$out") builddir=$(here "$builddir")
  cd "$root"

  pipelines/build.sh --for demo --builddir "$builddir" "${build[@]}"

  shape "$input" "$size"
  [[ $(probe "$input" color_transfer) != @(smpte2084|arib-std-b67) ]] ||
    echo "demo.sh: $input is HDR, and is translated as if it were not; docs/element.md has the line that converts it first" >&2
  mkdir -p "$out"
  # The Meson that made the folder: another one in PATH may refuse it.
  [[ $(command -v meson) == /usr/bin/meson || ! -x /usr/bin/meson ]] || meson=/usr/bin/meson
  # H.264 in 4:2:0 wants an even height; the compositor leaves the last row of an odd one black.
  line=("$meson" devenv -C "$builddir" -w . gst-launch-1.0 -q
    filesrc "location=$(file "$input")" '!' decodebin '!' videoconvert "${shaping[@]}" '!' tee name=frames
    compositor name=pair "sink_1::xpos=$width"
    '!' "video/x-raw,format=I420,width=$((2 * width)),height=$(((height + 1) / 2 * 2))"
    '!' x264enc pass=quant quantizer=20 '!' mp4mux faststart=true '!' filesink "location=$(file "$out/demo.mp4")"
    frames. '!' queue '!' pair.sink_0
    frames. '!' queue '!' cuttranslate "model=$(file "$model")" "device=$device" '!' progressreport name=translated update-freq=5 do-query=false format=buffers '!' queue '!' pair.sink_1)
  frames=$(probe "$input" nb_frames) # N/A in containers that do not count
  step "Translating $input: ${frames/'N/A'/all} frames of ${width}x$height"
  show "${line[@]}"
  log=$(mktemp)
  # shellcheck disable=SC2064 # the name is known now; `log` is local and gone at exit
  trap "rm -f '$log'" EXIT
  GST_DEBUG=cuttranslate:4 GST_DEBUG_FILE=$log GST_DEBUG_NO_COLOR=1 "${line[@]}" |
    sed -u '/Could not query/d' # progressreport's last words, whatever it was asked
  sheet "$out/demo.mp4" "$out/demo.png"

  step "Done"
  figure "$log" 'first frame after [0-9.]+ s'
  figure "$log" 'translated [0-9]+ frames in [0-9.]+ s \([0-9.]+ fps\)'
  echo "$out/demo.mp4  input and translation, side by side"
  echo "$out/demo.png  six moments, input above output"
}

main "$@"
