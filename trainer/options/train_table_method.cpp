// What is minimised, by which networks, on which images, for how long.
#include "trainer/options/common_rows.hpp"
#include "trainer/options/train_table.hpp"

namespace cut::trainer {
namespace {

using T = TrainOptions;

constexpr RealRange weight{0, 1e5};
constexpr RealRange belowOne{0, 1, true};
constexpr int manyEpochs = 1'000'000;
constexpr std::int64_t manySteps = 1'000'000'000;

void addCutMode(TrainTable& table) {
  auto& row = table.add("CUT_mode", "CUT|FastCUT", ValueKind::text,
                        "the preset. Whatever else is given counts more, wherever it stands");
  row.set = [](T& options, const std::string& text) {
    options.cutMode = choiceOf("CUT_mode", text, {{"CUT"}, {"FastCUT"}}, Letters::anyCase);
  };
  row.get = [](const T& options) { return std::vector<std::string>{options.cutMode}; };
}

void addChannels(TrainTable& table, const std::string& name, int T::*field, const std::string& help) {
  auto& row = table.add(name, "3|1", ValueKind::integer, help);
  row.set = [=](T& options, const std::string& text) {
    options.*field = choiceOf(name, text, {{"3"}, {"1"}}) == "3" ? 3 : 1;
  };
  row.get = [=](const T& options) { return std::vector<std::string>{std::to_string(options.*field)}; };
}

void addNceLayers(TrainTable& table) {
  auto& row = table.add("nce_layers", "N,N,...", ValueKind::text,
                        "the generator's layers that PatchNCE compares: indices of its modules, which "
                        "--no_antialias shifts. 0 is the padded image itself, -1 the output");
  row.set = [](T& options, const std::string& text) {
    options.nceLayers = integersOf("nce_layers", text, {-1, 1000});
  };
  row.get = [](const T& options) { return std::vector<std::string>{textOf(options.nceLayers)}; };
}

}  // namespace

void addMethodOptions(TrainTable& table) {
  table.group("Method");
  addCutMode(table);
  table.real("lambda_GAN", &T::lambdaGan, weight, "weight of the GAN loss");
  table.real("lambda_NCE", &T::lambdaNce, weight, "weight of PatchNCE; 0 is without");
  table.boolean("nce_idt", &T::nceIdt, "PatchNCE between B and its own translation as well");
  table.real("lambda_identity", &T::lambdaIdentity, weight, "weight of L1 between B and its own translation");
  table.real("lambda_self", &T::lambdaSelf, weight,
             "weight of L1 between A and its translation: holds colours");
  table.real("lambda_colour", &T::lambdaColour, weight,
             "the same without their luma: holds colours and leaves brightness free");
  table.choice("colour_target", &T::colourTarget, {{"A"}, {"B"}},
               "what --lambda_colour holds them to: A's own, or A's made as strong as B's are on the whole");
  table.boolean("flip_equivariance", &T::flipEquivariance,
                "translate every other batch, by chance, mirrored");
  table.choice("gan_mode", &T::ganMode, {{"lsgan"}, {"vanilla"}, {"nonsaturating"}, {"wgangp"}, {"hinge"}},
               "the GAN's objective");
  table.real("lambda_gp", &T::lambdaGp, weight, "weight of the gradient penalty of wgangp");
  addNceLayers(table);
  table.real("nce_T", &T::nceT, {1e-3, 1e3}, "temperature of PatchNCE");
  table.integer("num_patches", &T::numPatches, {1, 1 << 20},
                "patches of each layer; a layer that has fewer gives all");
  table.boolean("nce_includes_all_negatives_from_minibatch", &T::nceIncludesAllNegativesFromMinibatch,
                "negatives from all images of a batch, not from the patch's own alone");
  table.choice("netF", &T::netF,
               {{"mlp_sample"},
                {"sample"},
                {"reshape", "does not work in the reference either; use mlp_sample, or sample"},
                {"global_pool", "is not built here; use mlp_sample, or sample"},
                {"strided_conv", "is not built here; use mlp_sample, or sample"}},
               "mlp_sample: a two-layer perceptron for each layer in front of PatchNCE; sample: none");
  table.integer("netF_nc", &T::netFNc, {1, 4096}, "width of those perceptrons");
}

void addNetworkOptions(TrainTable& table) {
  const Choices norms{{"instance"}, {"batch"}, {"none"}};
  const std::string unet =
      "has no single row of layers for PatchNCE to compare: it can be run, but not trained; use "
      "resnet_9blocks";
  const std::string later = "cannot be trained yet: a later version will do that; use resnet_9blocks";
  const std::string laterD = "cannot be trained yet: a later version will do that; use basic";
  table.group("Networks");
  table.choice("netG", &T::netG,
               {{"resnet_9blocks"},
                {"resnet_6blocks"},
                {"resnet_4blocks"},
                {"unet_128", unet},
                {"unet_256", unet},
                {"stylegan2", later},
                {"smallstylegan2", later},
                {"resnet_cat", "does not work in the reference either; use resnet_9blocks"}},
               "the generator");
  table.choice(
      "netD", &T::netD,
      {{"basic"},
       {"n_layers"},
       {"pixel"},
       {"patch", "does not work in the reference either; basic is the PatchGAN"},
       {"stylegan2", laterD},
       {"tilestylegan2", laterD}},
      "the discriminator. basic: PatchGAN on 70x70 pixels; n_layers: with --n_layers_D layers; pixel: "
      "each pixel by itself");
  table.integer("n_layers_D", &T::nLayersD, {1, 8}, "layers of --netD n_layers");
  table.integer(
      "colour_scale_D", &T::colourScaleD, {0, 256},
      "the discriminator sees colours averaged over squares of so many pixels and brightness in full: it "
      "asks for no coloured edges then. 1 is all of the colours, 0 brightness alone");
  table.integer("ngf", &T::ngf, {1, 1024}, "channels of the generator's first convolution");
  table.integer("ndf", &T::ndf, {1, 1024}, "channels of the discriminator's first convolution");
  addChannels(table, "input_nc", &T::inputNc, "channels of A: 3 is RGB, 1 is grey");
  addChannels(table, "output_nc", &T::outputNc, "channels of B");
  table.choice("normG", &T::normG, norms, "normalisation in the generator");
  table.choice("normD", &T::normD, norms, "normalisation in the discriminator");
  table.choice("init_type", &T::initType, {{"xavier"}, {"normal"}, {"kaiming"}, {"orthogonal"}},
               "initial weights");
  table.real("init_gain", &T::initGain, {0, 1000}, "their scale (not of kaiming)");
  table.boolean("no_dropout", &T::noDropout, "the generator without dropout; --no_dropout False is with");
  table.boolean("no_antialias", &T::noAntialias,
                "strided convolutions in place of convolution and blurred down-sampling");
  table.boolean("no_antialias_up", &T::noAntialiasUp,
                "transposed convolutions in place of bilinear up-sampling and convolution");
}

void addImageOptions(TrainTable& table) {
  table.group("Images");
  addExifOrientation(table);
  addPreprocess(table);
  table.real("random_scale_max", &T::randomScaleMax, {1, 100},
             "with zoom: each side is scaled by a chance factor, 1 / X to 1");
  table.boolean("no_flip", &T::noFlip, "mirror no images; otherwise half of them are");
  table.boolean("serial_batches", &T::serialBatches, "images in their order, not in a new one in each epoch");
  table.integer("batch_size", &T::batchSize, {1, 1024}, "images of each domain in a step");
}

void addScheduleOptions(TrainTable& table) {
  table.group("Schedule");
  table.integer("n_epochs", &T::nEpochs, {0, manyEpochs}, "epochs at the full learning rate");
  table.integer("n_epochs_decay", &T::nEpochsDecay, {0, manyEpochs},
                "epochs in which it then falls to 0, on images without augmentation");
  table.real("lr", &T::lr, {0, 10}, "learning rate of Adam");
  table.real("beta1", &T::beta1, belowOne, "decay of Adam's mean");
  table.real("beta2", &T::beta2, belowOne, "decay of Adam's mean square");
  table.choice(
      "lr_policy", &T::lrPolicy, {{"linear"}, {"step"}, {"cosine"}, {"plateau"}},
      "linear: falls over --n_epochs_decay; step: to a tenth every --lr_decay_iters; cosine: over all "
      "epochs; plateau: to a fifth when the loss stays");
  table.integer("lr_decay_iters", &T::lrDecayIters, {1, manyEpochs}, "epochs between two steps of step");
  table.integer("warmup_steps", &T::warmupSteps, {0, manySteps},
                "steps before the first epoch in which the generator learns to reproduce its input, A and B "
                "alike (L1)");
  table.real("ema", &T::ema, belowOne,
             "decay, per step, of the average of the generator that model.pt then holds, such as 0.999; 0 is "
             "without");
  table.real("max_hours", &T::maxHours, {0, 1e5},
             "hours after which the run saves and ends; --continue_train goes on. 0 is without limit");
  table.integer("max_steps", &T::maxSteps, {0, manySteps}, "the same after so many steps of this run");
  table.seed("seed", &T::seed, "of all chance: on the CPU, the same seed gives the same weights");
}

// The reference's options that belong to its displays, its other methods and its data sets.
void addReferenceOnlyOptions(TrainTable& table) {
  const std::string single = "is for single images, which a later version will train on; use ";
  const std::string data = "is no data set of unpaired images; use unaligned";
  table.group("");
  table.ignored("model", {{"cut"},
                          {"sincut", single + "cut"},
                          {"cycle_gan", "is not here yet, a later version will have it; use cut"}});
  table.ignored("dataset_mode", {{"unaligned"},
                                 {"singleimage", single + "unaligned"},
                                 {"single", data},
                                 {"aligned", data},
                                 {"colorization", data}});
  for (const char* name :
       {"easy_label", "display_winsize", "display_id", "display_server", "display_env", "display_port",
        "display_ncols", "evaluation_freq", "pool_size", "stylegan2_G_num_downsampling"})
    table.ignored(name);
  table.ignored("verbose", ValueKind::boolean);
  table.refused("lambda_R1",
                "weighs a penalty of single-image training, which is not here yet; leave it out");
  for (const char* name : {"lambda_A", "lambda_B"})
    table.refused(name, "weighs CycleGAN's cycle, and CUT has none; leave it out");
}

}  // namespace cut::trainer
