namespace TlsFsm.Tests.Core.Records;

/// <summary>The values of one section of RFC 8448.</summary>
internal sealed class Rfc8448Trace
{
    private readonly Dictionary<string, byte[]> _values = [];

    public Rfc8448Trace(string section)
    {
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Core", "Records", "Vectors", "rfc8448.txt"))
            .SkipWhile(line => line != $"[{section}]").Skip(1).TakeWhile(line => !line.StartsWith('['));
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            var words = line.Split(' ');
            _values.Add(words[0], [.. words.Skip(1).SelectMany(Bytes)]);
        }
    }

    public byte[] this[string name] => _values[name];

    public byte[]? Find(string name) => _values.GetValueOrDefault(name);

    private static byte[] Bytes(string word) => word.StartsWith("00x", StringComparison.Ordinal)
        ? new byte[int.Parse(word[3..], System.Globalization.CultureInfo.InvariantCulture)]
        : Convert.FromHexString(word);
}
