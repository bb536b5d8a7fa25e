// The texts of cut-trainer --help that belong to no option.
#pragma once

namespace cut::trainer::help {

inline constexpr const char* program =
    "Trains generators that translate images from one domain to another, from unpaired images, with CUT or "
    "FastCUT (Park, Efros, Zhang, Zhu, ECCV 2020); runs, shows and scores them.";

inline constexpr const char* programMore =
    "Commands:\n"
    "  train      make a model from two domains of images or videos:\n"
    "               cut-trainer train --dataroot datasets/street --name street\n"
    "  translate  run a model on images or a video:\n"
    "               cut-trainer translate --model street.pt drive.mp4 street.mp4\n"
    "  test       write a page of a run's test images beside their translations:\n"
    "               cut-trainer test --dataroot datasets/street --name street\n"
    "  evaluate   score a model on images that it has not seen:\n"
    "               cut-trainer evaluate --model street.pt --dataroot datasets/street\n"
    "\n"
    "cut-trainer COMMAND --help explains a command. The exit status is 0 on success, 1 where something went "
    "wrong, and 2 where the command line is wrong.";

inline constexpr const char* trainIntroduction =
    "Makes a model from two domains of unpaired images. Everything is written to CHECKPOINTS_DIR/NAME: "
    "model.pt for cuttranslate, latest_net_{G,D,F}.pth for the reference, losses.csv, web/index.html, "
    "checkpoints. Ctrl-C saves and ends; --continue_train goes on.\n"
    "\n"
    "Options have the names of the reference implementation, so that a command line written for it works. In "
    "brackets stand the defaults. An option without a value below is a switch: --no_flip, --no_flip True and "
    "--no_flip=yes are the same, --no_flip False is off.";

inline constexpr const char* trainMore =
    "Examples:\n"
    "  cut-trainer train --dataroot datasets/street --name street --CUT_mode FastCUT\n"
    "  cut-trainer train --dataA drive.mp4 --dataB photos --preprocess scale_width\n"
    "  cut-trainer train --dataroot datasets/street --name street --dry_run\n"
    "  cut-trainer train --dataroot datasets/street --name street --continue_train\n"
    "  cut-trainer train --config street.toml --name street2 --lr 0.0001\n";

inline constexpr const char* translateIntroduction =
    "Runs a model on an image, on all images and videos of a folder, or on a video. Results are the pixels "
    "that the element cuttranslate makes.";

inline constexpr const char* translateMore =
    "Examples:\n"
    "  cut-trainer translate --model street.pt frame.png street.png\n"
    "  cut-trainer translate --model street.pt frames/ street/\n"
    "  cut-trainer translate --model latest_net_G.pth drive.mp4 street.mp4";

inline constexpr const char* testIntroduction =
    "Translates test images and writes a page that shows each one beside its translation, as the reference's "
    "test does. Options have the reference's names. The network is what its weights say, and always in "
    "evaluation mode.";

inline constexpr const char* testMore =
    "Examples:\n"
    "  cut-trainer test --dataroot datasets/street --name street\n"
    "  cut-trainer test --dataA drive.mp4 --model street.pt --preprocess none\n";

inline constexpr const char* evaluateIntroduction =
    "Scores a model: how far its translations of A are from the images of B, as a sliced Wasserstein "
    "distance "
    "over image pyramids, and with --features as FID and KID over the features of a network of yours. Lower "
    "is "
    "better.";

inline constexpr const char* evaluateMore =
    "Examples:\n"
    "  cut-trainer evaluate --model street.pt --dataroot datasets/street\n"
    "  cut-trainer evaluate --model street.pt --dataA drive.mp4 --dataB photos --json";

}  // namespace cut::trainer::help
