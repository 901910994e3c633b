"""The fast diariser: one pass of segmentation, every second of speech embedded about once, then stitched.

grid        the segmentation's windows on one grid of frames; which window speaks for which frame
embeddings  clean single-speaker segments, and their embeddings
clustering  a first guess of the voices from the embeddings alone
stitching   which local speaker of each window is which voice (Viterbi)
turns       activities on the grid -> turns
quiet       somebody far from the microphone
channels    recordings with one microphone per person
alarms      what a person should look at
result      what was found, put together
fast        all of it in order
"""
