// SPDX-License-Identifier: MIT
#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

using nets::GanMode, nets::Initialisation, nets::NetD;

constexpr RealRange weight{0, 1e5};
constexpr RealRange belowOne{0, 1, true};
constexpr std::int64_t manyImages = 1'000'000'000;
constexpr std::int64_t manySteps = 1'000'000'000;
constexpr int manyEpochs = 1'000'000;

void addWhere(OptionTable& table, TrainOptions& options) {
  table.group("Where");
  addDomains(
      table, options.dataroot, options.dataA, options.dataB,
      "a folder with trainA and trainB. A domain may hold images (jpg, png, webp, tiff, gif, bmp, ppm), "
      "videos, folders of both, and GTA5 or Cityscapes as they unpack",
      "more of domain A: a folder, an image or a video. May be given several times, with or without "
      "--dataroot");
  addPhase(table, options.phase);
  addDirection(table, options.direction);
  addMaxDatasetSize(table, options.maxDatasetSize);
  const std::string data = "is no data set of unpaired images; use unaligned";
  table.choice("dataset_mode", options.datasetMode, {DatasetMode::unaligned, DatasetMode::singleImage},
               "singleimage: one image in each domain, of which an epoch takes 100,000 patches, or "
               "--max_dataset_size",
               {{"single", data}, {"aligned", data}, {"colorization", data}});
  addRun(table, options.name, options.checkpointsDir,
         "the run's name: everything it writes is in the folder CHECKPOINTS_DIR/NAME");
  addSuffix(table);
  table
      .add("config", "FILE", ValueKind::text,
           "options from a TOML file with lines such as load_size = 286. What stands on the command line "
           "counts more")
      .set = [](const std::string&) {};
}

void addChannels(OptionTable& table, const std::string& name, int& field, const std::string& help) {
  Option& row = table.add(name, "3|1", ValueKind::integer, help);
  row.set = [&field, name](const std::string& text) {
    field = indexOf(name, text, {{"3"}, {"1"}}) == 0 ? 3 : 1;
  };
  row.get = [&field] { return std::vector<std::string>{std::to_string(field)}; };
}

void addAugmentation(OptionTable& table, AugmentationPolicy& policy) {
  Option& row = table.add(
      "diffaug", "NAME,NAME,...", ValueKind::text,
      "what the discriminator sees, real and translated, is changed by chance before (DiffAugment): "
      "color, translation and cutout, those named, in that order; none is without");
  row.set = [&policy](const std::string& text) { policy = augmentationPolicyOf("diffaug", text); };
  row.get = [&policy] { return std::vector<std::string>{textOf(policy)}; };
  row.methods = {MethodName::cut, MethodName::sinCut};
}

void addMethodOptions(OptionTable& table, TrainOptions& options) {
  table.group("Method");
  table.choice("model", options.model, allMethods, "the method, whose preset the other options start from");
  table
      .choice("CUT_mode", options.cutMode, {CutMode::cut, CutMode::fastCut},
              "the preset. Whatever else is given counts more, wherever it stands")
      .set = [&options](const std::string& text) { options.cutMode = cutModeOf(text); };
  table.real("lambda_GAN", options.lambdaGan, weight, "weight of the GAN loss");
  table.real("lambda_NCE", options.lambdaNce, weight, "weight of PatchNCE; 0 is without");
  table.boolean("nce_idt", options.nceIdt, "PatchNCE between B and its own translation as well");
  table.real(
      "lambda_identity", options.lambdaIdentity, weight,
      "weight of L1 between B and its own translation; cycle_gan: relative to --lambda_B, and of A in the "
      "other direction to --lambda_A");
  table.integer("stop_idt_epochs", options.stopIdtEpochs, {0, manyEpochs},
                "epochs after which --lambda_identity counts no more; 0 is never");
  table.real("lambda_self", options.lambdaSelf, weight,
             "weight of L1 between A and its translation: holds colours");
  table.real("lambda_colour", options.lambdaColour, weight,
             "the same without their luma: holds colours and leaves brightness free");
  table.choice("colour_target", options.colourTarget, {ColourTarget::a, ColourTarget::b},
               "what --lambda_colour holds them to: A's own, or A's made as strong as B's are on the whole");
  table.boolean("flip_equivariance", options.flipEquivariance,
                "translate every other batch, by chance, mirrored");
  table.choice("gan_mode", options.ganMode,
               {GanMode::lsgan, GanMode::vanilla, GanMode::nonsaturating, GanMode::wgangp, GanMode::hinge},
               "the GAN's objective");
  table.real("lambda_gp", options.lambdaGp, weight, "weight of the gradient penalty of wgangp");
  table.real("lambda_R1", options.lambdaR1, weight,
             "weight of the gradient penalty at real images, R1; 0 is without");
  addAugmentation(table, options.diffAugment);
  table.integers("nce_layers", options.nceLayers, {-1, 1000},
                 "the generator's layers that PatchNCE compares: indices of its modules, which "
                 "--no_antialias shifts. 0 is the padded image itself, -1 the output");
  table.real("nce_T", options.nceT, {1e-3, 1e3}, "temperature of PatchNCE");
  table.integer("num_patches", options.numPatches, {1, 1 << 20},
                "patches of each layer; a layer that has fewer gives all");
  table.boolean("nce_includes_all_negatives_from_minibatch", options.nceIncludesAllNegativesFromMinibatch,
                "negatives from all images of a batch, not from the patch's own alone");
  table.choice("netF", options.netF, {NetF::mlpSample, NetF::sample},
               "mlp_sample: a two-layer perceptron for each layer in front of PatchNCE; sample: none",
               {{"reshape", "does not work in the reference either; use mlp_sample, or sample"},
                {"global_pool", "is not built here; use mlp_sample, or sample"},
                {"strided_conv", "is not built here; use mlp_sample, or sample"}});
  table.integer("netF_nc", options.netFNc, {1, 4096}, "width of those perceptrons");
  table.real("lambda_A", options.lambdaA, weight,
             "of cycle_gan: weight of L1 between A and its way to B and back");
  table.real("lambda_B", options.lambdaB, weight,
             "of cycle_gan: weight of L1 between B and its way to A and back");
  table.integer(
      "pool_size", options.poolSize, {0, 1 << 20},
      "of cycle_gan: translations kept for each discriminator, which learns from older ones too; 0 is "
      "without");
}

void addNetworkOptions(OptionTable& table, TrainOptions& options) {
  const auto norms = {Norm::instance, Norm::batch, Norm::none};
  table.group("Networks");
  table.choice(
      "netG", options.netG,
      {NetG::resnet9Blocks, NetG::resnet6Blocks, NetG::resnet4Blocks, NetG::styleGan2, NetG::smallStyleGan2,
       NetG::unet128, NetG::unet256},
      "the generator. smallstylegan2: with two blocks of six and without noise. unet_128 and unet_256: with "
      "--model cycle_gan, for sides that are multiples of 128 and 256",
      {{"resnet_cat", "does not work in the reference either; use resnet_9blocks"}});
  table.choice(
      "netD", options.netD, {NetD::basic, NetD::nLayers, NetD::pixel, NetD::styleGan2},
      "the discriminator. basic: PatchGAN on 70x70 pixels; n_layers: with --n_layers_D layers; pixel: "
      "each pixel by itself; stylegan2: the whole crop at once",
      {{"patch", "does not work in the reference either; basic is the PatchGAN"},
       {"tilestylegan2", "is the plain stylegan2 in the reference; use stylegan2"}});
  table.integer("n_layers_D", options.nLayersD, {1, 8}, "layers of --netD n_layers");
  table.integer("stylegan2_G_num_downsampling", options.styleGan2Downsampling, {1, 8},
                "how often --netG stylegan2 and smallstylegan2 halve the sides");
  table.integer(
      "colour_scale_D", options.colourScaleD, {0, 256},
      "the discriminator sees colours averaged over squares of so many pixels and brightness in full: it "
      "asks for no coloured edges then. 1 is all of the colours, 0 brightness alone");
  table.integer("ngf", options.ngf, {1, 1024}, "channels of the generator's first convolution");
  table.integer("ndf", options.ndf, {1, 1024}, "channels of the discriminator's first convolution");
  addChannels(table, "input_nc", options.inputNc, "channels of A: 3 is RGB, 1 is grey");
  addChannels(table, "output_nc", options.outputNc, "channels of B");
  table.choice("normG", options.normG, norms, "normalisation in the generator");
  table.choice("normD", options.normD, norms, "normalisation in the discriminator");
  table.choice(
      "init_type", options.initType,
      {Initialisation::xavier, Initialisation::normal, Initialisation::kaiming, Initialisation::orthogonal},
      "initial weights");
  table.real("init_gain", options.initGain, {0, 1000}, "their scale (not of kaiming)");
  table.boolean("no_dropout", options.noDropout, "the generator without dropout; --no_dropout False is with");
  table.boolean("no_antialias", options.noAntialias,
                "strided convolutions in place of convolution and blurred down-sampling");
  table.boolean("no_antialias_up", options.noAntialiasUp,
                "transposed convolutions in place of bilinear up-sampling and convolution");
}

void addImageOptions(OptionTable& table, TrainOptions& options) {
  table.group("Images");
  addExifOrientation(table, options.exifOrientation);
  addPreprocess(table, options.preprocess, options.loadSize, options.loadHeight, options.cropSize);
  table.real("random_scale_max", options.randomScaleMax, {1, 100},
             "with zoom: each side is scaled by a chance factor, 1 / X to 1");
  table.boolean("no_flip", options.noFlip, "mirror no images; otherwise half of them are");
  table.boolean("serial_batches", options.serialBatches,
                "images in their order, not in a new one in each epoch");
  table.integer("batch_size", options.batchSize, {1, 1024}, "images of each domain in a step");
}

void addScheduleOptions(OptionTable& table, TrainOptions& options) {
  table.group("Schedule");
  table.integer("n_epochs", options.nEpochs, {0, manyEpochs}, "epochs at the full learning rate");
  table.integer("n_epochs_decay", options.nEpochsDecay, {0, manyEpochs},
                "epochs in which it then falls to 0, on images without augmentation");
  table.real("lr", options.lr, {0, 10}, "learning rate of Adam");
  table.real("lr_D", options.lrD, {0, 10},
             "of the discriminator, on the schedule of --lr; 0 is the same as --lr");
  table.real("beta1", options.beta1, belowOne, "decay of Adam's mean");
  table.real("beta2", options.beta2, belowOne, "decay of Adam's mean square");
  table.choice(
      "lr_policy", options.lrPolicy,
      {RatePolicy::linear, RatePolicy::step, RatePolicy::cosine, RatePolicy::plateau},
      "linear: falls over --n_epochs_decay; step: to a tenth every --lr_decay_iters; cosine: over all "
      "epochs; plateau: to a fifth when the loss stays");
  table.integer("lr_decay_iters", options.lrDecayIters, {1, manyEpochs}, "epochs between two steps of step");
  table.integer("warmup_steps", options.warmupSteps, {0, manySteps},
                "steps before the first epoch in which the generator learns to reproduce its input, A and B "
                "alike (L1)");
  table.real("ema", options.ema, belowOne,
             "decay, per step, of the average of the generator that model.pt then holds, such as 0.999; 0 is "
             "without");
  table.real("max_hours", options.maxHours, {0, 1e5},
             "hours after which the run saves and ends; --continue_train goes on. 0 is without limit");
  table.integer("max_steps", options.maxSteps, {0, manySteps}, "the same after so many steps of this run");
  table.seed("seed", options.seed, "of all chance: on the CPU, the same seed gives the same weights");
}

void addMachine(OptionTable& table, TrainOptions& options) {
  table.group("Machine");
  addDevice(table, options.device);
  addGpuIds(table, options.device);
  addThreads(table, options.threads);
  table.integer("num_threads", options.numThreads, {0, 256}, "threads that load and prepare images");
  table.choice("precision", options.precision, {Precision::fp32, Precision::bf16},
               "bf16: autocast, with PatchNCE and its heads in fp32");
  table.boolean(
      "winograd", options.winograd,
      "on the CPU, the generator's 3x3 convolutions by kernels of our own (fp32, with either precision), "
      "several times as fast; false: by LibTorch's");
}

void addSimilarityPoints(OptionTable& table, std::vector<PicturePoint>& points) {
  Option& row =
      table.add("similarity_points", "X,Y;X,Y", ValueKind::text,
                "places of the page's first picture, in parts of its width and height: the page also shows "
                "what PatchNCE takes for alike there, as cut-trainer similarity does");
  row.set = [&points](const std::string& text) { points = relativePointsOf("similarity_points", text); };
  row.get = [&points] {
    return points.empty() ? std::vector<std::string>() : std::vector<std::string>{textOf(points)};
  };
}

void addCheckpoints(OptionTable& table, TrainOptions& options) {
  table.group("Checkpoints and reports");
  table.boolean("continue_train", options.continueTrain,
                "go on from the run's last checkpoint, as if it had not been interrupted");
  table.text("pretrained_name", options.pretrainedName, "NAME",
             "start from the networks of another run in CHECKPOINTS_DIR, the reference's "
             "too. Optimisers and counters start anew",
             [](const std::string& option, const std::string& text) {
               return text.empty() ? text : runNameOf(option, text);
             });
  addEpoch(table, options.epoch, "the checkpoint that is gone on from: latest, an epoch's number, or iter_N");
  table.integer("epoch_count", options.epochCount, {1, manyEpochs}, "the number of the first epoch");
  table.integer("save_latest_freq", options.saveLatestFreq, {1, manyImages}, "images between checkpoints");
  table.integer("save_epoch_freq", options.saveEpochFreq, {1, manyEpochs},
                "epochs between checkpoints that are kept");
  table.boolean("save_by_iter", options.saveByIter,
                "keep the checkpoints of --save_latest_freq too, as iter_N");
  table.real("save_minutes", options.saveMinutes, {0, 1e5},
             "minutes between checkpoints, whatever the frequencies; 0 is not by time");
  table.integer("print_freq", options.printFreq, {1, manyImages}, "images between lines of losses");
  table.integer("display_freq", options.displayFreq, {1, manyImages}, "images between rows of pictures");
  table.integer("update_html_freq", options.updateHtmlFreq, {1, manyImages},
                "images between new versions of web/index.html");
  table.boolean("no_html", options.noHtml, "no web/index.html");
  addSimilarityPoints(table, options.similarityPoints);
  table.text("licence", options.licence, "TEXT", "of the weights, such as CC-BY-4.0: written into model.pt");
  table.text("attribution", options.attribution, "TEXT", "whom to name: written into model.pt");
  table.boolean(
      "dry_run", options.dryRun,
      "print the configuration, the networks' sizes, and the time and memory of a step; write nothing");
}

void addCompatibility(OptionTable& table, TrainOptions& options) {
  table.group("Compatibility");
  table.boolean("reference_quirks", options.referenceQuirks,
                "the reference's numbers where it is wrong: images squashed in decaying epochs, cosine and "
                "plateau, scale_shortside, nce_layers out of order dropped, pixels cut off, counters, no "
                "penalty with wgangp, and LibTorch's gradients of one image's instance norms");
}

// The reference's options that belong to its displays, its other methods and its data sets.
void addReferenceOnlyOptions(OptionTable& table) {
  table.group("");
  for (const char* name : {"easy_label", "display_winsize", "display_id", "display_server", "display_env",
                           "display_port", "display_ncols", "evaluation_freq"})
    table.ignored(name);
  table.ignored("verbose", ValueKind::boolean);
}

// An option that is given to another method is refused: see refuseOfOtherMethods().
void limitToMethods(OptionTable& table) {
  for (const char* name : {"CUT_mode",      "lambda_GAN",      "lambda_NCE",
                           "nce_idt",       "stop_idt_epochs", "lambda_self",
                           "lambda_colour", "colour_target",   "flip_equivariance",
                           "lambda_gp",     "lambda_R1",       "nce_layers",
                           "nce_T",         "num_patches",     "nce_includes_all_negatives_from_minibatch",
                           "netF",          "netF_nc",         "colour_scale_D",
                           "lr_D",          "warmup_steps",    "similarity_points"})
    table.limit(name, {MethodName::cut, MethodName::sinCut});
  for (const char* name : {"lambda_A", "lambda_B", "pool_size"}) table.limit(name, {MethodName::cycleGan});
}

}  // namespace

OptionTable trainTable(TrainOptions& options) {
  OptionTable table;
  addWhere(table, options);
  addMethodOptions(table, options);
  addContrastOptions(table, options);
  addNetworkOptions(table, options);
  addImageOptions(table, options);
  addScheduleOptions(table, options);
  addMachine(table, options);
  addCheckpoints(table, options);
  addCompatibility(table, options);
  addReferenceOnlyOptions(table);
  limitToMethods(table);
  return table;
}

}  // namespace cut::trainer
