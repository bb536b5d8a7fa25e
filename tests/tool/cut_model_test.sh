#!/bin/bash
# SPDX-License-Identifier: MIT
# The program cut-model as users call it: cut_model_test.sh CUT-MODEL GOLDEN-FOLDER FAKE-MODULE-FOLDER CPU-MODULE-FOLDER
# [TORCH-MODULE-FOLDER].
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
. "$root/tests/checks/tap.sh"
cut_model=$1
golden=$2/generator
fake=$3
cpu=$4
torch=${5:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
reference=$golden/resnet_9blocks.pth
export CUT_MODULE_PATH=$fake

# fails_with STATUS TEXT COMMAND...: the command fails with that status, saying TEXT on stderr and nothing on stdout.
fails_with() {
  local status=$1 text=$2 got=0
  shift 2
  "$@" >"$folder/stdout" 2>"$folder/stderr" || got=$?
  cat "$folder/stdout" "$folder/stderr"
  [[ $got == "$status" && ! -s $folder/stdout ]] && grep -qF -- "$text" "$folder/stderr"
}

# says TEXT COMMAND...: the command succeeds and prints TEXT.
says() {
  local text=$1
  shift
  "$@" >"$folder/stdout"
  cat "$folder/stdout"
  grep -qF -- "$text" "$folder/stdout"
}

json_has() { "$cut_model" inspect --json "$1" | python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[key]
print(value)
sys.exit(str(value) != sys.argv[2])' "$2" "$3"; }

converts_the_same_twice() {
  "$cut_model" convert "$reference" "$folder/a.pt" && "$cut_model" convert "$reference" "$folder/b.pt"
  cmp "$folder/a.pt" "$folder/b.pt"
}

round_trips() {
  "$cut_model" convert "$reference" "$folder/there.pt"
  "$cut_model" convert "$folder/there.pt" "$folder/back.pth"
  "$cut_model" convert "$folder/back.pth" "$folder/again.pt" --origin x
  "$cut_model" convert "$folder/there.pt" "$folder/there.pt" --origin x
  cmp "$folder/there.pt" "$folder/again.pt"
}

leaves_the_target_alone() {
  echo old >"$folder/old.pt"
  ! "$cut_model" convert "$0" "$folder/old.pt" && [[ $(<"$folder/old.pt") == old ]]
}

round_trips_every_network() {
  local file
  for file in "$golden"/*.pth; do
    "$cut_model" convert "$file" "$folder/1.pth" && "$cut_model" convert "$file" "$folder/1.pt" --no-sample &&
      "$cut_model" convert "$folder/1.pt" "$folder/1.safetensors" &&
      "$cut_model" convert "$folder/1.safetensors" "$folder/2.pth" && cmp "$folder/1.pth" "$folder/2.pth" || return
  done
}

same_weights() {
  "$cut_model" convert "$1" "$folder/1.pth" && "$cut_model" convert "$2" "$folder/2.pth" && cmp "$folder/1.pth" "$folder/2.pth"
}

keeps_the_licence() {
  "$cut_model" convert "$reference" "$folder/l.safetensors" --licence MIT &&
    "$cut_model" convert "$folder/l.safetensors" "$folder/l.pt" --no-sample && json_has "$folder/l.pt" licence MIT
}

inspect_into_a_full_disk() { "$cut_model" inspect "$reference" >/dev/full; }

converts_and_verifies() { "$cut_model" convert "$1" "$folder/z.pt" && "$cut_model" verify "$folder/z.pt"; }

check "--help shows examples" says "Examples:" "$cut_model" --help
check "inspect --help shows examples" says "Examples:" "$cut_model" inspect --help
check "convert --help names the sample" says "sample" "$cut_model" convert --help
check "verify --help names the precision" says "--precision" "$cut_model" verify --help
check "--version prints the version" says "cut-model 0." "$cut_model" --version
check "no subcommand is a usage error" fails_with 2 "cut-model: " "$cut_model"
check "an unknown option is a usage error" fails_with 2 "--colour" "$cut_model" inspect "$reference" --colour
check "a frame size without height is a usage error" fails_with 2 "WIDTHxHEIGHT" "$cut_model" inspect "$reference" --size 640
check "an unknown device is a usage error" fails_with 2 "--device" "$cut_model" verify x.pt --device tpu
check "an unknown precision is a usage error" fails_with 2 "--precision" "$cut_model" verify x.pt --precision fp8
check "an unknown suffix is a usage error" fails_with 2 "must end in .pt, .pth" "$cut_model" convert "$reference" "$folder/x.bin"
check "a .pth takes no licence" fails_with 2 "weights alone" "$cut_model" convert "$reference" "$folder/x.pth" --licence MIT

check "a missing file fails" fails_with 1 "cut-model: $folder/none.pt: there is no such file" "$cut_model" inspect "$folder/none.pt"
# shellcheck disable=SC2088 # as a program gets it that no shell has expanded
check "a path with an unexpanded ~ is explained" fails_with 1 "only a shell expands ~" "$cut_model" inspect "~/none.pt"
check "an address is explained" fails_with 1 "a path is expected" "$cut_model" inspect "file:///none.pt"
check "a folder fails" fails_with 1 "is a directory" "$cut_model" inspect "$folder"
check "the older format is read and named" says "before 1.6" "$cut_model" inspect "$golden/resnet_9blocks_legacy.pth"
check "the older format holds the same weights" same_weights "$golden/resnet_9blocks_legacy.pth" "$reference"
check "a U-Net is read" says "unet_128 ngf 2, 3 -> 3 channels, instance norm" "$cut_model" inspect "$golden/unet_128.pth"
check "a StyleGAN2 is read" says "smallstylegan2 ngf 2 at 64x64" "$cut_model" inspect "$golden/smallstylegan2.pth"
check "an output that cannot be written fails" fails_with 1 "cannot be written" inspect_into_a_full_disk
check "a missing target folder fails" fails_with 1 "$folder/none/x.pt: cannot be written" \
  "$cut_model" convert "$reference" "$folder/none/x.pt"
check "a failed conversion leaves the target as it was" leaves_the_target_alone

check "inspect names the network" says "resnet_9blocks ngf 8, 3 -> 3 channels, instance norm" "$cut_model" inspect "$reference"
check "inspect counts the compute of a frame size" says "3.99 GMAC per frame at 640x360" "$cut_model" inspect "$reference" --size 640x360
check "inspect --json says the kind" json_has "$reference" kind "PyTorch state_dict"
check "inspect --json says the norm" json_has "$golden/resnet_6blocks_batchnorm.pth" network.norm batch
check "inspect --json counts the parameters" json_has "$reference" parameters 180419

check "convert writes a sample" says "with a sample" "$cut_model" convert "$reference" "$folder/x.pt" \
  --licence CC-BY-4.0 --attribution "A. Author"
check "the file has its licence" json_has "$folder/x.pt" licence CC-BY-4.0
check "the file has its attribution" json_has "$folder/x.pt" attribution "A. Author"
check "the file names where it comes from" json_has "$folder/x.pt" origin "converted from resnet_9blocks.pth by $("$cut_model" --version)"
check "the file has its sample" json_has "$folder/x.pt" sample.width 64
check "inspect prints the licence" says "licence      CC-BY-4.0" "$cut_model" inspect "$folder/x.pt"
check "inspect prints the attribution" says "attribution  A. Author" "$cut_model" inspect "$folder/x.pt"
check "inspect prints the origin" says "origin       converted from resnet_9blocks.pth by cut-model 0." \
  "$cut_model" inspect "$folder/x.pt"
check "convert gives the same bytes twice" converts_the_same_twice
check "a model comes back through .pth as it was" round_trips
check "every network comes back through .pt and .safetensors bit by bit" round_trips_every_network
check "a .safetensors keeps the licence" keeps_the_licence
# A checkpoint as a training script saves it: {"epoch": 3, "netG": the state_dict}, or under another key of four letters.
make_checkpoint() {
  python3 - "$1" "$2" "${3:-netG}" <<'EOF'
import sys, zipfile
source, target = zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], "w")
for name in source.namelist():
    data = source.read(name)
    if name.endswith("/data.pkl"):
        assert data[:2] == b"\x80\x02" and data[-1:] == b"."
        data = data[:2] + b"}(X\5\0\0\0epochK\3X\4\0\0\0" + sys.argv[3].encode() + data[2:-1] + b"u."
    target.writestr(name, data)
target.close()
EOF
}
make_checkpoint "$folder/back.pth" "$folder/checkpoint.pth"
check "inspect says where in a checkpoint the weights lay" says "PyTorch state_dict, found in a checkpoint under 'netG'" \
  "$cut_model" inspect "$folder/checkpoint.pth"
check "inspect --json says where in a checkpoint the weights lay" json_has "$folder/checkpoint.pth" key netG
check "convert says where in a checkpoint the weights lay" says "weights alone, found under 'netG'" \
  "$cut_model" convert "$folder/checkpoint.pth" "$folder/from.pth"
check "convert takes a checkpoint's weights as they are" same_weights "$folder/checkpoint.pth" "$reference"
make_checkpoint "$folder/back.pth" "$folder/averaged.pth" ema_
check "inspect says that weights are averaged ones" says "info         its weights are averaged ones" "$cut_model" inspect "$folder/averaged.pth"
check "inspect --json says that weights are averaged ones" json_has "$folder/averaged.pth" infos "['its weights are averaged ones']"
unchecked=$root/tests/formats/files/no_checksums.pth
converts_with_info() {
  "$cut_model" convert "$unchecked" "$folder/unchecked.pth" 2>"$folder/stderr" && grep -F "cut-model: info: $unchecked: all its checksums are 0" "$folder/stderr"
}
check "inspect says that no checksums are set" says "info         all its checksums are 0" "$cut_model" inspect "$unchecked"
check "convert says that no checksums are set" converts_with_info
check "verify passes where the engine computes the same" says "largest difference 0" "$cut_model" verify "$folder/x.pt"
check "verify takes a precision" fails_with 1 "fp16" "$cut_model" verify "$folder/x.pt" --precision fp16
check "verify names a device that is missing" fails_with 1 "cuda" "$cut_model" verify "$folder/x.pt" --device cuda
check "verify of a file without a sample fails" fails_with 1 "sample" "$cut_model" verify "$reference"

export CUT_MODULE_PATH=$folder
check "without an engine convert says how to go on" fails_with 1 "--no-sample" "$cut_model" convert "$reference" "$folder/y.pt"
check "--no-sample needs no engine" says "without a sample" "$cut_model" convert "$reference" "$folder/y.pt" --no-sample
check "a file without a sample says so" json_has "$folder/y.pt" sample None

export CUT_MODULE_PATH=$cpu
keeps_ranges() {
  "$cut_model" convert "$folder/q.pt" "$folder/again.pt" --licence MIT && json_has "$folder/again.pt" int8_ranges True
}
keeps_weights_when_quantized() {
  cp "$folder/x.pt" "$folder/own.pt" && "$cut_model" quantize --all-layers "$folder/own.pt" "$folder/frames" &&
    json_has "$folder/own.pt" int8_ranges True && same_weights "$folder/own.pt" "$folder/x.pt"
}
check "quantize --help names the frames" says "FRAMES" "$cut_model" quantize --help
check "a model without int8 ranges says so" says "cut-model quantize" "$cut_model" inspect "$folder/x.pt"
if command -v ffmpeg >/dev/null; then
  mkdir "$folder/frames" "$folder/empty"
  for suffix in png jpg; do
    ffmpeg -nostdin -v error -f lavfi -i testsrc=size=40x30 -frames:v 2 "$folder/frames/%d.$suffix"
  done
  head -c 300 "$folder/frames/1.png" >"$folder/cut.png"
  head -c 500 "$folder/frames/1.jpg" >"$folder/cut.jpg"
  check "quantize sees frames of a folder, png and jpg" says "ranges of 22 of 22 layers from 4 frames" \
    "$cut_model" quantize --all-layers "$reference" "$folder/frames" --output "$folder/q.pt"
  check "quantize looks at no more frames than --most" says "from 2 frames" \
    "$cut_model" quantize --all-layers "$reference" "$folder/frames" "$folder/frames/1.png" --output "$folder/m.pt" --most 2
  check "quantize says what int8 needs where the CPU lacks it" fails_with 1 "AVX512-VNNI" \
    env CUT_CPU_ISA=none "$cut_model" quantize "$reference" "$folder/frames" --output "$folder/n.pt"
  if grep -q avx512_vnni /proc/cpuinfo && [[ -z ${CUT_CPU_ISA:-} ]]; then
    check "quantize writes nothing where int8 has too low a PSNR" fails_with 1 "nothing is written" \
      "$cut_model" quantize "$reference" "$folder/frames" --output "$folder/n.pt"
  else
    skip "quantize writes nothing where int8 has too low a PSNR" "no AVX512-VNNI"
  fi
  check "a refused quantize leaves no file" test -z "$(compgen -G "$folder/n.pt*")"
  check "quantize without --output writes the model itself, its weights as they were" keeps_weights_when_quantized
  check "inspect says that int8 ranges are there" says "of 22 of 22 layers" "$cut_model" inspect "$folder/q.pt"
  check "convert keeps int8 ranges" keeps_ranges
  check "a picture that is cut short fails by its name" fails_with 1 "$folder/cut.png: the file is cut short" \
    "$cut_model" quantize "$folder/x.pt" "$folder/cut.png"
  check "a JPEG that is cut short fails by its name" fails_with 1 "$folder/cut.jpg: the file is cut short" \
    "$cut_model" quantize "$folder/x.pt" "$folder/cut.jpg"
  check "a folder without pictures fails" fails_with 1 "$folder/empty: there is no" "$cut_model" quantize "$folder/x.pt" "$folder/empty"
  check "quantize into a state_dict needs --output" fails_with 1 "--output" "$cut_model" quantize "$reference" "$folder/frames"
else
  skip "quantize on pictures" "no ffmpeg to make them"
fi
check "a file that is no picture fails by its name" fails_with 1 "$0: expected a PNG or JPEG" "$cut_model" quantize "$folder/x.pt" "$0"
check "a missing frame fails by its name" fails_with 1 "$folder/none.png: there is no" "$cut_model" quantize "$folder/x.pt" "$folder/none.png"
check "--output must be a .pt" fails_with 2 "must end in .pt" "$cut_model" quantize "$folder/x.pt" "$0" --output "$folder/q.pth"

script=$root/tests/runtime/scripts/negate.pt
check "TorchScript is refused, naming the option" fails_with 1 "--allow-code" "$cut_model" inspect "$script"
check "inspect --allow-code names a TorchScript program" says "TorchScript program" "$cut_model" inspect "$script" --allow-code
check "TorchScript is not converted, saying why" fails_with 1 "cannot be converted" "$cut_model" convert "$script" "$folder/s.pt"
check "verify names options of TorchScript that there are" fails_with 1 "cut-model inspect's --allow-code" "$cut_model" verify "$script"
script_json() { "$cut_model" inspect --json --allow-code "$script" | python3 -c '
import json, sys
value = json.load(sys.stdin)
assert value["network"].pop("architecture") == "torchscript"
assert {*value["network"].values(), value["parameters"], value["bytes"], value["frame"]["macs"]} == {None}, value'; }
check "unknown fields of a TorchScript program are null" script_json
check "a U-Net: inspect says that int8 does not support it" says "int8 does not support this network" "$cut_model" inspect "$golden/unet_128.pth"
check "a StyleGAN2: inspect says that int8 does not support it" says "int8 does not support this network" "$cut_model" inspect "$golden/smallstylegan2.pth"
check "a TorchScript program: inspect says that int8 does not support it" says "int8 does not support this network" \
  "$cut_model" inspect --allow-code "$script"

check "an upper-case suffix is accepted" says "without a sample" "$cut_model" convert "$reference" "$folder/OUT.PT" --no-sample
check "an upper-case .PTH is a state_dict" says "weights alone" "$cut_model" convert "$reference" "$folder/OUT.PTH"

# The last four bytes of the first tensor become a NaN.
spoil() {
  python3 - "$1" "$2" <<'EOF'
import json, sys
data = bytearray(open(sys.argv[1], "rb").read())
length = int.from_bytes(data[:8], "little")
end = next(v["data_offsets"][1] for k, v in json.loads(data[8:8 + length]).items() if k != "__metadata__")
data[8 + length + end - 4:8 + length + end] = bytes([0, 0, 0xC0, 0x7F])
open(sys.argv[2], "wb").write(data)
EOF
}
converts_with_a_warning() {
  local suffix
  for suffix in pth pt; do
    "$cut_model" convert "$folder/nan.safetensors" "$folder/nan.$suffix" 2>"$folder/stderr"
    grep -F "NaN or infinite" "$folder/stderr"
  done
}
"$cut_model" convert "$reference" "$folder/good.safetensors" >/dev/null
spoil "$folder/good.safetensors" "$folder/nan.safetensors"
check "inspect warns of a weight that is NaN" says "holds NaN or infinite numbers" "$cut_model" inspect "$folder/nan.safetensors"
check "inspect --json says that a weight is NaN" json_has "$folder/nan.safetensors" finite False
check "convert warns of a weight that is NaN" converts_with_a_warning

export CUT_MODULE_PATH=$cpu
check "a U-Net's sample of the engine cpu passes" converts_and_verifies "$golden/unet_128.pth"

if [[ $torch ]]; then
  export CUT_MODULE_PATH=$torch
  check "a sample of the engine torch passes" converts_and_verifies "$reference"
  check "a sample of another network fails" fails_with 1 "sample output is not reproduced" "$cut_model" verify "$folder/x.pt" --device cpu
else
  skip "a sample of the engine torch passes" "built without LibTorch"
  skip "a sample of another network fails" "built without LibTorch"
fi
done_checking
