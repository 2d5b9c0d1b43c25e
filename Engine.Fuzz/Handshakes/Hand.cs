namespace TlsFsm.Fuzz.Handshakes;

/// <summary>The hand between a peer and its record protection.</summary>
internal interface IHand
{
    /// <summary>Sends bytes as they are; set by the peer.</summary>
    Action<byte[]> SendRaw { get; set; }

    /// <summary>What goes out in place of a record.</summary>
    IReadOnlyList<(byte Type, byte[] Content)> Change(byte type, byte[] content, bool isTls13);
}

/// <summary>Changes messages as planned.</summary>
internal sealed class Hand(IReadOnlyList<PlannedChange> plan) : IHand
{
    private const byte Handshake = 22;

    private int _count;
    private List<(byte Type, byte[] Content)>? _held;
    private byte[]? _open;
    private readonly List<string> _shapes = [];

    /// <summary>
    /// What the messages were like that were changed: types, lengths, extensions. The same changes of unlike messages are not the same,
    /// since they say by numbers where they are made.
    /// </summary>
    public string Shapes => string.Join("; ", _shapes);

    /// <inheritdoc/>
    public Action<byte[]> SendRaw { get; set; } = static _ => { };

    /// <inheritdoc/>
    public IReadOnlyList<(byte Type, byte[] Content)> Change(byte type, byte[] content, bool isTls13)
    {
        var which = _count++;
        List<(byte Type, byte[] Content)> records = [(type, content)];
        var holds = false;
        foreach (var change in plan)
        {
            if (change.Which != which)
                continue;

            _shapes.Add(ShapeOf(type, content, isTls13));
            holds |= Apply(change, records, isTls13);
        }

        if (_open is not null && records.Count > 0 && records[0].Type == Handshake)
        {
            records[0] = (Handshake, [.. _open, .. records[0].Content]);
            _open = null;
        }

        if (_held is { } before)
        {
            records.AddRange(before);
            _held = null;
        }

        if (!holds)
            return records;

        _held = records;
        return [];
    }

    /// <returns>Whether it waits until the next one has gone.</returns>
    private bool Apply(PlannedChange change, List<(byte Type, byte[] Content)> records, bool isTls13)
    {
        var at = records.FindIndex(record => record.Type == Handshake);
        at = at < 0 ? 0 : at;
        if (records.Count == 0)
            return false;

        var (type, content) = records[at];
        var value = change.Value;
        switch (change.Kind)
        {
            case Handshakes.Change.Duplicate:
                records.Insert(at, (type, content));
                break;
            case Handshakes.Change.Drop:
                records.RemoveAt(at);
                break;
            case Handshakes.Change.Hold:
                return true;
            case Handshakes.Change.RecordBefore:
                records.Insert(at, RecordOf(value));
                break;
            case Handshakes.Change.RecordBehind:
                records.Insert(at + 1, RecordOf(value));
                break;
            case Handshakes.Change.RawBefore:
                SendRaw([.. value[..Math.Min(1, value.Length)], 3, 3, 0, (byte)Math.Max(0, value.Length - 1),
                    .. value[Math.Min(1, value.Length)..]]);
                break;
            case Handshakes.Change.Fragment:
                var size = Math.Max(Math.Max(1, content.Length / 60), 1 + change.Position % 40);
                records.RemoveAt(at);
                records.InsertRange(at, content.Chunk(size).Select(piece => (type, piece)));
                break;
            case Handshakes.Change.Coalesce when type == Handshake:
                _open = [.. _open ?? [], .. content];
                records.RemoveAt(at);
                break;
            default:
                records[at] = (type, Edits.Apply(change, content, type == Handshake, isTls13));
                break;
        }

        return false;
    }

    private static string ShapeOf(byte type, byte[] content, bool isTls13)
    {
        if (type != Handshake || content.Length == 0)
            return $"record {type} {content.Length}";

        var extensions = Extensions.Of(content, isTls13)?.All.Select(one => $"{one.Type}:{one.Body.Length}") ?? [];
        return $"{content[0]} {content.Length} {string.Join(',', extensions)}";
    }

    private static (byte Type, byte[] Content) RecordOf(byte[] value) => value.Length == 0 ? ((byte)23, []) : (value[0], value[1..]);
}

/// <summary>Changes inside of one message.</summary>
internal static class Edits
{
    private const int MaxSize = 16 * 1024;

    /// <param name="change">What is done.</param>
    /// <param name="message">With its header, if it is a handshake message.</param>
    /// <param name="isHandshake">Whether it is one.</param>
    /// <param name="isTls13">Whether it is one of TLS 1.3.</param>
    public static byte[] Apply(PlannedChange change, byte[] message, bool isHandshake, bool isTls13)
    {
        if (change.Kind is >= Change.ExtensionRemove and <= Change.ExtensionGrow)
            return isHandshake && Extensions.Of(message, isTls13) is { } extensions ? Change13(change, extensions) : message;

        // The header stays right, or only the header is wrong.
        var head = isHandshake && message.Length >= 4 ? 4 : 0;
        var body = new List<byte>(message[head..]);
        var at = body.Count == 0 ? 0 : change.Position % body.Count;
        var value = change.Value;
        var first = value.Length > 0 ? value[0] : (byte)0;
        switch (change.Kind)
        {
            case Change.Retype when message.Length > 0:
                return [first, .. message[1..]];
            case Change.WrongLength when head == 4:
                var wrong = (byte[])message.Clone();
                Extensions.WriteUInt24(wrong.AsSpan(1), Math.Max(0, message.Length - 4 + (sbyte)first));
                return wrong;
            case Change.Replace:
                return value;
            case Change.SetByte when body.Count > 0:
                body[at] = first;
                break;
            case Change.FlipBit when body.Count > 0:
                body[at] ^= (byte)(1 << (first & 7));
                break;
            case Change.AddToByte when body.Count > 0:
                body[at] += first;
                break;
            case Change.InsertBytes:
                body.InsertRange(at, value);
                break;
            case Change.RemoveBytes:
                body.RemoveRange(at, Math.Min(1 + first % 16, body.Count - at));
                break;
            case Change.Truncate:
                body.RemoveRange(at, body.Count - at);
                break;
            case Change.Append:
                body.AddRange(value);
                break;
            case Change.CopyRange:
                body.InsertRange(at, body.GetRange(at, Math.Min(body.Count - at, 1 + first)));
                break;
            case Change.VectorGrow when at + 1 < body.Count && value.Length > 0:
                // As if a length of two bytes were here.
                var length = (body[at] << 8 | body[at + 1]) + value.Length;
                (body[at], body[at + 1]) = ((byte)(length >> 8), (byte)length);
                body.InsertRange(at + 2, value);
                break;
            case Change.VectorShrink when at + 2 < body.Count:
                body[at]--;
                body.RemoveAt(at + 1);
                break;
        }

        byte[] changed = [.. message[..head], .. body.Count <= MaxSize ? body : body[..MaxSize]];
        if (head == 4)
            Extensions.WriteUInt24(changed.AsSpan(1), changed.Length - 4);
        return changed;
    }

    private static byte[] Change13(PlannedChange change, Extensions extensions)
    {
        var all = extensions.All;
        var value = change.Value;
        if (change.Kind == Change.ExtensionInsert)
        {
            var type = value.Length < 2 ? 0 : value[0] << 8 | value[1];
            all.Insert(change.Position % (all.Count + 1), (type, value.Length < 2 ? [] : value[2..]));
            return extensions.Write();
        }

        if (all.Count == 0)
            return extensions.Write();

        var at = change.Position % all.Count;
        switch (change.Kind)
        {
            case Change.ExtensionRemove:
                all.RemoveAt(at);
                break;
            case Change.ExtensionDuplicate:
                all.Insert(value.Length > 0 ? value[0] % (all.Count + 1) : at, all[at]);
                break;
            case Change.ExtensionSwap:
                var other = value.Length > 0 ? value[0] % all.Count : 0;
                (all[at], all[other]) = (all[other], all[at]);
                break;
            case Change.ExtensionReplace:
                all[at] = (all[at].Type, value);
                break;
            case Change.ExtensionTrim:
                all[at] = (all[at].Type, all[at].Body[..^Math.Min(1, all[at].Body.Length)]);
                break;
            case Change.ExtensionGrow:
                all[at] = (all[at].Type, [.. all[at].Body, .. value]);
                break;
        }

        return extensions.Write();
    }
}
