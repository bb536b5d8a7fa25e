// The texts of cut-model --help.
#pragma once

namespace cut::tool::help {

inline constexpr const char* program =
    "Looks into, converts and checks the weights of CUT generators.\n\n"
    "A model is a file of cuttranslate (.pt), which carries its network's description, licence, origin and "
    "a\n"
    "sample to check itself with; or a PyTorch state_dict (.pth, of any PyTorch, also inside a checkpoint) "
    "as the\n"
    "reference implementations of CUT, CycleGAN and pix2pix save it; or the same as .safetensors. Nothing in "
    "a\n"
    "file is executed.";

inline constexpr const char* programMore =
    "Examples:\n"
    "  cut-model inspect latest_net_G.pth\n"
    "  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution \"A. Author\"\n"
    "  cut-model quantize street.pt frames/\n"
    "  cut-model verify street.pt --device cuda\n\n"
    "cut-model SUBCOMMAND --help tells more. The exit status is 0 on success, 1 where a file or a device is "
    "not\n"
    "as it should be, and 2 where the command line is wrong.";

inline constexpr const char* inspect = "Prints what a model file holds";

inline constexpr const char* inspectMore =
    "Prints the file's kind, the network, the number of parameters (what training changes), the\n"
    "multiply-accumulates of a frame, licence, attribution, origin, and the size of the sample.\n\n"
    "Examples:\n"
    "  cut-model inspect street.pt\n"
    "  cut-model inspect street.pt --size 1280x720\n"
    "  cut-model inspect street.pt --json | jq .network.ngf";

inline constexpr const char* convert = "Writes a model in another format";

inline constexpr const char* convertMore =
    "The suffix of OUT says which format: .pt is a file of cuttranslate; .pth a PyTorch state_dict with the\n"
    "reference's names, which holds weights alone; .safetensors the same with licence, attribution and "
    "origin;\n"
    ".onnx the whole network, for frames of any size, its weights as float32. In all others the numbers stay "
    "as\n"
    "they are, bit by bit.\n\n"
    "A new .pt gets a sample: a fixed input of 64x64 and what the network makes of it in fp32, with which\n"
    "cut-model verify and the element's verify=true check later machines. A sample that is there already is\n"
    "kept, and so are the ranges that cut-model quantize wrote.\n\n"
    "Examples:\n"
    "  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution \"A. Author\"\n"
    "  cut-model convert street.pt street.pt --origin \"trained on 2,000 frames of TORCS\"\n"
    "  cut-model convert street.pt street.pth\n"
    "  cut-model convert street.pt street.onnx\n\n"
    "In Python: torch.load(\"street.pt\", weights_only=True)[\"state_dict\"]";

inline constexpr const char* quantize = "Makes a model fit for precision int8";

inline constexpr const char* quantizeMore =
    "Runs the model on real frames (.png, .jpg; folders of them; of many, 16 that are evenly spread), sees "
    "how\n"
    "far the inputs of its layers reach, and writes that into the file: precision int8 of the engine cpu "
    "needs\n"
    "it. The weights stay as they are. Frames should be such as the model will translate. Prints the PSNR "
    "that\n"
    "int8 keeps of fp32 on the worst of them; at least 38 dB are what it promises. Where all layers in int8 "
    "keep\n"
    "less than 45, those that cost most, half of them at most, are left out: they stay in bf16 or fp32.\n\n"
    "Examples:\n"
    "  cut-model quantize street.pt frames/\n"
    "  cut-model quantize latest_net_G.pth day/ night/0001.jpg --output street.pt\n"
    "  ffmpeg -i drive.mp4 -vf fps=1 frames/%04d.png";

inline constexpr const char* verify = "Runs a model's sample here and compares";

inline constexpr const char* verifyMore =
    "Prints the largest difference to the output in the file (outputs are in [-1, 1]) and the PSNR in dB; "
    "fails\n"
    "where they are worse than the precision promises: 0.001 in fp32.\n\n"
    "Examples:\n"
    "  cut-model verify street.pt\n"
    "  cut-model verify street.pt --device cuda:1 --precision fp16";

}  // namespace cut::tool::help
