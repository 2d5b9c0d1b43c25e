using System.Runtime.InteropServices;

namespace TlsFsm.Cli.Http;

/// <summary>Collects bytes until the empty line that ends an HTTP/1.x request head, however they are cut into pieces.</summary>
internal sealed class HeadCollector
{
    /// <summary>The longest head taken, in bytes: as most servers' default; a head is held in memory until it is complete.</summary>
    public const int MaxBytes = 16 * 1024;

    private readonly List<byte> _head = [];
    private int _taken;
    private int _lineStart;

    public HeadStatus Status { get; private set; }

    /// <summary>What has arrived of the head, without empty lines in front.</summary>
    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_head);

    /// <summary>Takes bytes; those after the head are ignored.</summary>
    public HeadStatus Add(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < data.Length && Status == HeadStatus.Incomplete; i++)
        {
            if (++_taken > MaxBytes)
                Status = HeadStatus.TooLarge;
            else
                Add(data[i]);
        }

        return Status;
    }

    private void Add(byte one)
    {
        _head.Add(one);
        if (one != '\n')
            return;

        // RFC 9112 section 2.2: a line feed alone may end a line; empty lines before the request line are skipped.
        var line = Bytes[_lineStart..];
        var isEmpty = line.Length == 1 || (line.Length == 2 && line[0] == '\r');
        if (isEmpty && _lineStart == 0)
            _head.Clear();
        else if (isEmpty)
            Status = HeadStatus.Complete;
        _lineStart = _head.Count;
    }
}
