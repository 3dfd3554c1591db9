/* The essay's taxonomy: which meta-data each method manipulates to make architectures, and how. */
#include "study/methods.h"

static const hox__taxon taxonomy[] = {
    {"grid search", "grid", "A", "weight initialization, learning algorithm, any choice",
     "an odometer over the questions", "single", "folklore; Bergstra and Bengio 2012, section 1"},
    {"random search", "random", "A", "weight initialization, learning algorithm, any choice",
     "draws from the prior", "single", "Bergstra and Bengio 2012, JMLR 13"},
    {"Gaussian-process search", NULL, "A", "weight initialization, learning algorithm",
     "Bayesian optimization of an acquisition", "single", "Snoek, Larochelle, Adams 2012, NIPS"},
    {"tree-structured Parzen estimator", NULL, "A", "weight initialization, learning algorithm",
     "ratio of two densities", "single", "Bergstra et al. 2011, NIPS"},
    {"parameter sweeps on idle cycles", NULL, "A", "weight initialization, learning algorithm",
     "any of the above on spare capacity", "single", "FBLearner Flow, Dunn 2016"},
    {"SuccessiveHalving", NULL, "A", "none of its own: allocates training budget",
     "best-arm elimination, joined to any sampler", "single",
     "Jamieson and Talwalkar 2016, AISTATS"},
    {"CoDeepNEAT", NULL, "A", "weight initialization, learning algorithm, layers, connections",
     "cooperative coevolution, speciation", "population",
     "Miikkulainen et al. 2017, arXiv:1703.00548"},
    {"MetaQNN", NULL, "A", "layers", "Q-learning, epsilon-greedy, replay", "generative",
     "Baker et al. 2017, ICLR"},
    {"Neural Architecture Search, CNN", NULL, "A", "layers, connections",
     "policy gradient on an LSTM controller", "generative", "Zoph and Le 2017, ICLR, section 3"},
    {"Neural Architecture Search, RNN cell", NULL, "A", "the tree of a recurrent cell",
     "policy gradient on an LSTM controller", "generative", "Zoph and Le 2017, ICLR, section 3.4"},
    {"Large-Scale Evolution", NULL, "A",
     "layers, connections, learning rate; weights are inherited",
     "pairwise tournaments, eleven mutations", "population", "Real et al. 2017, ICML"},
    {"aging evolution", "evolution", "A", "any choice of the space",
     "tournaments in a queue: the oldest dies", "population",
     "Real et al. 2019, AAAI, algorithm 1"},
    {"Genetic CNN", NULL, "A", "connections inside stages", "generational genetic algorithm",
     "population", "Xie and Yuille 2017, ICCV"},
    {"HyperNetworks", NULL, "B", "the weights of another network", "gradient descent end to end",
     "single", "Ha, Dai, Le 2017, ICLR"},
    {"Learning to Learn", NULL, "B", "the update rule: an LSTM instead of SGD",
     "gradient descent through the unrolled optimizee", "single", "Andrychowicz et al. 2016, NIPS"},
    {"transfer learning", NULL, "B", "weight initialization from another network",
     "none, or which layers to freeze", "single", "Yosinski et al. 2014, NIPS"},
    {"PathNet", NULL, "A+B", "connections between modules; lower layers are used again",
     "tournaments over paths, SGD along them", "single", "Fernando et al. 2017, arXiv:1701.08734"},
    {"DSL-guided search", NULL, "A", "any vocabulary the meta-model defines",
     "a DSL, data drawn from it, a network trained on them, a guided search", "generative",
     "Balog et al. 2017, ICLR (DeepCoder), after the essay"},
};

const hox__taxon *hox__taxonomy(int *n)
{
    *n = (int)(sizeof taxonomy / sizeof *taxonomy);
    return taxonomy;
}
