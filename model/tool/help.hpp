// The texts of cut-model --help.
#pragma once

namespace cut::tool::help {

inline constexpr const char* program =
    "Looks into, converts and checks the weights of CUT generators.\n\n"
    "A model is either a file of cuttranslate (.pt), which carries its network's description, licence, "
    "origin\n"
    "and a sample to check itself with, or a PyTorch state_dict (.pth) as the reference implementation of "
    "CUT\n"
    "saves it. Nothing in a file is ever executed.";

inline constexpr const char* programExamples =
    "Examples:\n"
    "  cut-model inspect latest_net_G.pth\n"
    "  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution \"A. Author\"\n"
    "  cut-model verify street.pt --device cuda\n\n"
    "cut-model COMMAND --help tells more. The exit status is 0 on success, 1 where a file or a device is "
    "not\n"
    "as it should be, and 2 where the command line is wrong.";

inline constexpr const char* inspect =
    "Prints what a model file holds: its kind, the network, the number of parameters, the "
    "multiply-accumulates\n"
    "of a frame, licence, attribution, origin, and whether it has a sample.";

inline constexpr const char* inspectExamples =
    "Examples:\n"
    "  cut-model inspect street.pt\n"
    "  cut-model inspect street.pt --size 1280x720\n"
    "  cut-model inspect street.pt --json | jq .network.ngf";

inline constexpr const char* convert =
    "Writes a model in another format; the suffix of OUT says which: .pt is a file of cuttranslate, .pth a\n"
    "PyTorch state_dict with the reference's names, which holds weights alone. The numbers stay as they "
    "are,\n"
    "bit by bit. A new .pt gets a sample: a fixed input of 64x64 and what the network makes of it in fp32,\n"
    "with which `cut-model verify` and the element's verify=true check every later machine.";

inline constexpr const char* convertExamples =
    "Examples:\n"
    "  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution \"A. Author\"\n"
    "  cut-model convert street.pt street.pt --origin \"trained on 2,000 frames of TORCS\"\n"
    "  cut-model convert street.pt street.pth\n"
    "In Python: torch.load(\"street.pt\", weights_only=True)[\"state_dict\"]";

inline constexpr const char* verify =
    "Runs the sample of a .pt on this machine and compares the result with the one in the file. Prints the\n"
    "largest difference (outputs are in [-1, 1]) and the PSNR; fails where they are worse than the "
    "precision\n"
    "promises.";

inline constexpr const char* verifyExamples =
    "Examples:\n"
    "  cut-model verify street.pt\n"
    "  cut-model verify street.pt --device cuda:1 --precision fp16";

}  // namespace cut::tool::help
