namespace TlsFsm.Fuzz.Running;

/// <summary>Makes an input smaller as long as it stays what it is.</summary>
internal static class Minimiser
{
    /// <summary>Leaves out pieces, halving their size, then makes bytes zero.</summary>
    /// <param name="input">The input.</param>
    /// <param name="isSame">Whether a smaller one still is what this one was.</param>
    /// <param name="maxTries">Runs that it may take.</param>
    public static byte[] Minimise(byte[] input, Func<byte[], bool> isSame, int maxTries = 400)
    {
        var tries = 0;
        for (var size = Math.Max(1, input.Length / 2); size >= 1 && tries < maxTries; size /= 2)
        {
            for (var at = 0; at < input.Length && tries < maxTries;)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + size))];
                tries++;
                if (isSame(shorter))
                    input = shorter;
                else
                    at += size;
            }
        }

        for (var at = 0; at < input.Length && tries < maxTries; at++)
        {
            if (input[at] == 0)
                continue;

            var plainer = (byte[])input.Clone();
            plainer[at] = 0;
            tries++;
            if (isSame(plainer))
                input = plainer;
        }

        return input;
    }

    /// <summary>Whether two runs came to the same kind of outcome, or to the same find.</summary>
    public static string KindOf(ITarget target, byte[] input)
    {
        var find = Fuzzer.Try(target, input, out var outcome);
        return find is null ? outcome!.Kind : $"find: {string.Concat(find.Message.Where(letter => !char.IsAsciiDigit(letter)))}";
    }
}
