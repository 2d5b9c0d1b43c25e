namespace TlsFsm.BogoShim.Flags;

/// <summary>The shim's command line: flags, some with a value, some for the first connection or for the resuming ones only.</summary>
internal static class CommandLine
{
    /// <summary>Reads the flags.</summary>
    /// <returns>The first connection's configuration, and that of the connections that resume it.</returns>
    /// <exception cref="UnimplementedException">A flag, or a value of one, is not known here.</exception>
    public static (ShimConfig Initial, ShimConfig Resume) Parse(IReadOnlyList<string> arguments)
    {
        var initial = new ShimConfig();
        var resume = new ShimConfig();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];

            // There is no handshaker here: what is for it alone is not for us.
            var isSkipped = TryCut(ref name, "-on-handshaker");
            _ = TryCut(ref name, "-on-shim");
            var isForInitial = TryCut(ref name, "-on-initial");
            var isForResume = TryCut(ref name, "-on-resume");

            // Retries follow rejected early data, which is never sent.
            var isForRetry = TryCut(ref name, "-on-retry");
            if (!FlagTable.All.TryGetValue(name, out var flag))
                throw new UnimplementedException($"The flag {arguments[i]} is not known.");

            var value = "";
            if (flag.HasValue)
                value = ++i < arguments.Count ? arguments[i] : throw new UnimplementedException($"The flag {name} lacks its value.");
            if (isSkipped || isForRetry)
                continue;

            try
            {
                if (!isForResume)
                    flag.Apply(initial, value);
                if (!isForInitial)
                    flag.Apply(resume, value);
            }
            catch (Exception exception) when (exception is FormatException or OverflowException)
            {
                throw new UnimplementedException($"The value '{value}' of {name} cannot be read: {exception.Message}");
            }
        }

        return (initial, resume);
    }

    private static bool TryCut(ref string name, string prefix)
    {
        if (!name.StartsWith(prefix + "-", StringComparison.Ordinal))
            return false;

        name = name[prefix.Length..];
        return true;
    }
}
