using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>What we have sent on a connection, as far as its end and its keys depend on it.</summary>
internal sealed class OwnDirection
{
    private long _answersAwaited;

    /// <summary>Whether our close_notify was written: nothing may follow it but a fatal alert.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether the peer has asked for a KeyUpdate in return and got none yet.</summary>
    public bool IsKeyUpdateDue { get; private set; }

    /// <summary>Records of data that were sent under the present key.</summary>
    public int RecordsUnderKey { get; private set; }

    /// <summary>A record of data was sent.</summary>
    public void OnData() => RecordsUnderKey++;

    /// <summary>An alert at warning level is sent.</summary>
    public void OnWarning(TlsAlert alert) => IsClosed |= alert == OwnFaults.Close;

    /// <summary>The peer wants a KeyUpdate in return.</summary>
    public void OnKeyUpdateWanted() => IsKeyUpdateDue = true;

    /// <summary>A KeyUpdate was sent: what is sent next is under a new key.</summary>
    /// <param name="isAnswerWanted">Whether it asks for one in return.</param>
    public void OnKeyUpdate(bool isAnswerWanted)
    {
        IsKeyUpdateDue = false;
        RecordsUnderKey = 0;
        if (isAnswerWanted)
            _answersAwaited++;
    }

    /// <summary>
    /// A KeyUpdate came: whether we had asked for it. RFC 8446 section 4.6.3 requires it then, so it counts against nobody.
    /// </summary>
    public bool TakeAnswer()
    {
        if (_answersAwaited == 0)
            return false;

        _answersAwaited--;
        return true;
    }
}
