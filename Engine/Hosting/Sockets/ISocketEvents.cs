using System.Net.Sockets;

namespace TlsFsm.Hosting.Sockets;

/// <summary>What the two directions of a socket tell the transport that they make up. Called on its loop.</summary>
internal interface ISocketEvents
{
    /// <summary>The peer sends no more, and all before that was delivered.</summary>
    void InputEnded();

    /// <summary>Receiving failed.</summary>
    void InputFailed(SocketError error);

    /// <summary>All that had arrived before the output failed was delivered, or is not wanted.</summary>
    void InputIsOver();

    /// <summary>No more has to be discarded: the peer has ended, or sends too much.</summary>
    void InputDiscarded();

    /// <summary>Sending failed; what waited is forgotten unless the socket is to be released.</summary>
    void OutputFailed(SocketError error);

    /// <summary>Output went out, in a turn of its own.</summary>
    void OutputMoved();
}
