hakmem-profile-1
# A server that answers requests: written by hand, measured nowhere.
#
# What it teaches: nine blocks in ten die within the request that made them, some 50 blocks later at most; one in
# thirteen belongs to a session and lives for hundreds of requests, and one in two hundred stays in a cache. The
# short-lived ones want the fastest way that there is, the others a place where they do not hold on to pages.
#
# Sizes: headers and strings of 16 to 128 bytes, buffers of one page, bodies of up to 64 KiB.
allocations 500000

# weight  size-min  size-max  lifetime-min  lifetime-max
  4000          16        64             0             3    # temporaries
  3000          24       128             4            50    # of one request
   300        4096      4096             4            50    # its buffers
    60        8192     65536             1            20    # its body
   600          48       512           500         20000    # of a session
    40          64      1024           end           end    # cached
