namespace TlsFsm.Tests.Learning;

/// <summary>Learns a system's model by asking it: conjecture, check, refine.</summary>
internal static class Learner
{
    /// <param name="queries">The system, and all it was asked.</param>
    /// <param name="extraStates">How many states it may have beyond those found, for the model to be right for certain.</param>
    /// <param name="telling">Symbols that tell much at once: whether a system is over, for one.</param>
    public static MealyMachine Learn(QueryTree queries, int extraStates, params int[] telling)
    {
        var table = new ObservationTable(queries, telling);
        while (true)
        {
            var model = table.Close();
            if (Contradict(queries, model, extraStates) is not { } counterexample)
                return model;

            table.Refine(model, counterexample);
        }
    }

    private static int[]? Contradict(QueryTree queries, MealyMachine model, int extraStates)
    {
        foreach (var word in new WpMethod(model).Words(extraStates))
        {
            var real = queries.Ask(word);
            var state = 0;
            for (var i = 0; i < word.Length; i++)
            {
                if (model.Output[state][word[i]] != real[i])
                    return word[..(i + 1)];

                state = model.Next[state][word[i]];
            }
        }

        return null;
    }
}
